import { describe, expect, it } from 'vitest'
import { RecordOpener, RecordSealer, setNonce } from '../../../src/crypto/session/cipher.js'
import { DatagramOpener, DatagramSealer, ReplayWindow } from '../../../src/crypto/session/datagram.js'
import { directionSecret, exportSecret, KIND, recordKey } from '../../../src/crypto/session/keys.js'
import { loadKernels } from '../../../src/kernels/index.js'
import { LIMITS } from '../../../src/core/limits.js'
import { DATAGRAM_HEADER } from '../../../src/wire/records.js'
import { dice } from '../../support/handshake-sessions.js'

const kernels = loadKernels()
const root = new Uint8Array(32).fill(7)
const never = { stepRecords: 1e9, stepBytes: 1e12, stepMs: 1e12, hardRecords: 1e9 }

function sealed(sealer: RecordSealer, text: string, monoMs = 0): Uint8Array {
  const buffer = new Uint8Array(text.length + 20)
  buffer[3] = 1
  for (let i = 0; i < text.length; i++) buffer[4 + i] = text.charCodeAt(i)
  const end = sealer.seal(buffer, 0, 4 + text.length, monoMs)
  expect(end).toBe(end < 0 ? -1 : buffer.length)
  return end < 0 ? new Uint8Array(0) : buffer
}

const opens = (opener: RecordOpener, record: Uint8Array) => opener.open(record.slice(), 0, record.length)

describe('stream records', () => {
  it('[§6.18] stream and datagram keys and ivs differ, and so do the directions', () => {
    const keys = (['initiator', 'responder'] as const).flatMap(side =>
      [KIND.stream, KIND.datagram].flatMap(kind => {
        const { key, iv } = recordKey(kernels.blake3, directionSecret(kernels.blake3, root, side), kind)
        return [String(key), String(iv)]
      }),
    )
    expect(new Set(keys).size).toBe(8)
  })

  it('[§6.18] the last counter and the last record of a phase end the sealer for good', () => {
    const few = new RecordSealer(kernels, root, 'initiator', { ...never, hardRecords: 3 })
    const records = ['a', 'b', 'c', 'd', 'e'].map(text => sealed(few, text))
    expect(records.map(record => record.length > 0)).toEqual([true, true, true, false, false])
    expect(few.counter).toBe(3)
    const last = new RecordSealer(kernels, root, 'initiator', never)
    last.counter = Number.MAX_SAFE_INTEGER - 1
    expect(sealed(last, 'x')).not.toHaveLength(0)
    expect(sealed(last, 'x')).toHaveLength(0)
  })

  it('nonces differ for counters on both sides of 2^32', () => {
    const iv = new Uint8Array(12).fill(0xa5)
    const counters = [0, 1, 255, 256, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40, 2 ** 53 - 1]
    const nonces = counters.map(counter => {
      const nonce = new Uint8Array(12)
      setNonce(nonce, iv, counter)
      const number = nonce.reduce((sum, byte, i) => sum * 256n + BigInt(byte ^ iv[i]), 0n)
      return Number(number)
    })
    expect(nonces).toEqual(counters)
  })

  it('takes the current phase and the next step, and nothing else', () => {
    const opener = new RecordOpener(kernels, root, 'initiator')
    const sealer = new RecordSealer(kernels, root, 'initiator', { ...never, stepRecords: 1 })
    const [first, second, third] = ['a', 'b', 'c'].map(text => sealed(sealer, text)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    expect(opens(opener, third)).toBe(false)
    expect(opens(opener, second)).toBe(false)
    expect(opens(opener, first)).toBe(true)
    expect(opens(opener, first)).toBe(false)
    expect(opens(opener, second)).toBe(true)
    expect(opens(opener, third)).toBe(true)
    const foreign = sealed(new RecordSealer(kernels, root, 'responder'), 'd')
    expect(opens(opener, foreign)).toBe(false)
  })

  it('takes the next epoch only once it was announced', () => {
    const next = new Uint8Array(32).fill(9)
    const sealer = new RecordSealer(kernels, root, 'initiator', never)
    const opener = new RecordOpener(kernels, root, 'initiator')
    sealer.enterEpoch(next, 0)
    const record = sealed(sealer, 'a')
    expect(record[0]).toBe(0x10)
    expect(opens(opener, record)).toBe(false)
    opener.expectEpoch(next)
    expect([opener.awaitsEpoch, opens(opener, record), opener.awaitsEpoch]).toEqual([true, true, false])
    sealer.free()
    opener.free()
  })

  it('a step is due by time from the first record of the phase', () => {
    const sealer = new RecordSealer(kernels, root, 'initiator', { ...never, stepMs: 100 })
    const phases = [1000, 1099, 1100, 1101, 5000].map(ms => sealed(sealer, 'a', ms)[0])
    expect(phases).toEqual([0, 0, 1, 1, 2])
  })
})

describe('datagram records', () => {
  function datagram(sealer: DatagramSealer, text: string): Uint8Array {
    const buffer = new Uint8Array(DATAGRAM_HEADER + 1 + text.length + 16)
    buffer.fill(0x61, DATAGRAM_HEADER, DATAGRAM_HEADER + 1 + text.length)
    expect(sealer.seal(buffer, 0, DATAGRAM_HEADER + 1 + text.length)).toBe(buffer.length)
    return buffer
  }
  const take = (opener: DatagramOpener, packet: Uint8Array) => opener.open(packet.slice(), 0, packet.length)

  it('[§6.19] a datagram replayed at once, late or reordered is dropped', () => {
    const sealer = new DatagramSealer(kernels, root, 'initiator')
    const opener = new DatagramOpener(kernels, root, 'initiator')
    const packets = Array.from({ length: 3000 }, () => datagram(sealer, 'x'))
    const roll = dice(4)
    // Reordered within a hundred.
    const order = packets.map((_, i) => i).sort((a, b) => a - b)
    for (let i = 0; i + 100 < order.length; i++) {
      const j = i + roll(100)
      ;[order[i], order[j]] = [order[j], order[i]]
    }
    for (const i of order) expect(take(opener, packets[i])).toBe(true)
    for (const packet of packets) expect(take(opener, packet)).toBe(false)
    sealer.free()
    opener.free()
  })

  it('[§6.19] a counter is accepted once, whatever the order: the window against a set of all counters', () => {
    const wrong: number[] = []
    for (let seed = 1; seed <= 20; seed++) {
      const roll = dice(seed)
      const window = new ReplayWindow()
      const seen = new Set<number>()
      let highest = -1
      let base = seed % 2 === 0 ? 0 : 2 ** 32 - 3000
      for (let i = 0; i < 20_000; i++) {
        if (roll(50) === 0) base += roll(3) === 0 ? roll(10_000) : roll(200)
        const counter = Math.max(0, base + roll(2300) - 1150)
        const expected = !seen.has(counter) && counter > highest - LIMITS.datagramWindow
        if (window.accepts(counter) !== expected) wrong.push(counter)
        if (!expected) continue
        window.mark(counter)
        seen.add(counter)
        highest = Math.max(highest, counter)
      }
    }
    expect(wrong).toEqual([])
  })

  it('[§6.19] the oldest counter of the window survives the newest one of the same word', () => {
    const window = new ReplayWindow()
    for (let counter = 0; counter < 64; counter++) window.mark(counter)
    window.mark(LIMITS.datagramWindow)
    expect(Array.from({ length: 64 }, (_, i) => window.accepts(i))).toEqual(new Array(64).fill(false))
    expect(window.accepts(64)).toBe(true)
    window.mark(LIMITS.datagramWindow + 64)
    expect([window.accepts(64), window.accepts(65)]).toEqual([false, true])
  })

  it('far-future counters open nothing unless they are genuine; changed, short and foreign packets never do', () => {
    const sealer = new DatagramSealer(kernels, root, 'initiator')
    const opener = new DatagramOpener(kernels, root, 'initiator')
    const packet = datagram(sealer, 'hello')
    for (let at = 0; at < packet.length; at++) {
      const changed = packet.slice()
      changed[at] = changed[at] ^ 0x80
      expect(take(opener, changed), `byte ${at}`).toBe(false)
    }
    for (let length = 0; length < packet.length; length++) expect(take(opener, packet.slice(0, length))).toBe(false)
    expect(take(new DatagramOpener(kernels, root, 'responder'), packet)).toBe(false)
    expect(take(new DatagramOpener(kernels, root, 'initiator', 1), packet)).toBe(false)
    expect(take(opener, packet)).toBe(true)
  })

  it('[§6.18] a datagram key ends with its last counter', () => {
    const sealer = new DatagramSealer(kernels, root, 'initiator')
    ;(sealer as unknown as { counter: number }).counter = LIMITS.hardRecords - 1
    const buffer = new Uint8Array(100)
    expect(sealer.seal(buffer, 0, 20)).toBe(36)
    const before = buffer.slice()
    expect(sealer.seal(buffer, 0, 20)).toBe(-1)
    expect(buffer).toEqual(before)
  })
})

describe('exporter', () => {
  it('binds label, context and length; a label has at most 255 bytes', () => {
    const of = (label: string, context: number[], bytes = 32) =>
      String(exportSecret(kernels.blake3, root, label, Uint8Array.from(context), bytes))
    expect(new Set([of('a', []), of('b', []), of('a', [1]), of('ab', []), of('a', [98])]).size).toBe(5)
    expect(of('x'.repeat(255), []).length).toBeGreaterThan(0)
    expect(() => of('x'.repeat(256), [])).toThrow('255')
  })
})
