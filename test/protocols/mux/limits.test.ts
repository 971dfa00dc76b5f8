import { describe, expect, it } from 'vitest'
import { concat } from '../../../src/core/bytes.js'
import { fromHex, toHex } from '../../../src/core/text.js'
import { writeVarint } from '../../../src/wire/varint.js'
import { MuxPair, type MuxPairOptions, pattern } from '../../support/mux-pair.js'

/** What side b, the responder, says to frames given as hexadecimal. */
function violation(hex: string, options: MuxPairOptions = {}): string | undefined {
  const pair = new MuxPair(options)
  pair.b.autoConsume = false
  const bytes = fromHex(hex)
  pair.b.mux.receive(bytes, 0, bytes.length)
  return pair.b.violation
}

function v(value: number): string {
  const out = new Uint8Array(8)
  return toHex(out.subarray(0, writeVarint(out, 0, value)))
}

const data = (id: number, bytes: number, flags = 0): string =>
  toHex(new Uint8Array([0x10 | flags])) + v(id) + v(bytes) + '00'.repeat(bytes)
const open = (id: number, bytes = 0, flags = 0): string =>
  toHex(new Uint8Array([0x12 | flags])) + v(id) + '0000' + v(bytes) + '00'.repeat(bytes)

describe('limits of the mux', () => {
  it('[E13] opens maxStreams streams and refuses one past it until one is closed', () => {
    const pair = new MuxPair({ limits: { maxStreams: 3 } })
    const ids = [0, 1, 2, 3].map(() => pair.a.mux.open('x', 0))
    expect(ids).toEqual([8, 10, 12, -1])
    pair.settle()
    expect(pair.b.mux.stats.streams).toBe(3)
    pair.a.mux.end(10)
    pair.b.mux.end(10)
    pair.settle()
    expect(pair.a.events).toEqual(['end 10', 'closed 10', 'streams available'])
    expect([pair.a.mux.open('x', 0), pair.a.mux.open('x', 0)]).toEqual([14, -1])
  })

  it('[E13] a peer that opens one past maxStreams breaks the protocol', () => {
    const limits = { maxStreams: 3 }
    expect(violation(open(8) + open(10) + open(12), { limits })).toBeUndefined()
    expect(violation(open(8) + open(10) + open(12) + open(14), { limits })).toBe('more streams than allowed')
  })

  it('[E13] keeps thousands of short streams going under a small limit', () => {
    const pair = new MuxPair({ limits: { maxStreams: 4 } })
    let opened = 0
    const more = (): void => {
      for (let id = pair.a.mux.open('x', 0); id >= 0 && opened < 2000; id = pair.a.mux.open('x', 0)) {
        opened++
        pair.a.send(id, pattern(10), true)
      }
    }
    pair.a.onStreamsAvailable = more
    pair.b.onEnd = id => pair.b.mux.end(id)
    more()
    pair.settle()
    expect(opened).toBe(2000)
    expect(pair.b.receivedBytes).toBe(20_000)
    expect(pair.b.mux.stats.streams).toBeLessThanOrEqual(4)
  })

  it('data one past the window of a stream, a lane or the session', () => {
    const limits = { maxStreamBytes: 100, maxDataBytes: 150 }
    expect(violation(open(8, 100), { limits })).toBeUndefined()
    expect(violation(open(8, 100) + data(8, 1), { limits })).toBe('data beyond the window of a stream')
    expect(violation(data(3, 100), { limits })).toBeUndefined()
    expect(violation(data(3, 101), { limits })).toBe('data beyond the window of a stream')
    expect(violation(open(8, 100) + open(10, 50), { limits })).toBeUndefined()
    expect(violation(open(8, 100) + open(10, 51), { limits })).toBe('data beyond the window of the session')
  })

  it('a datagram one past its limit', () => {
    const limits = { maxDatagramBytes: 100 }
    expect(violation('03' + v(100) + '00'.repeat(100), { limits })).toBeUndefined()
    expect(violation('03' + v(101) + '00'.repeat(101), { limits })).toBe('datagram above the limit')
  })

  it('frames of streams that were never opened', () => {
    for (const frame of [data(8, 1), data(9, 1), data(8, 0, 1), '0608' + v(9), '070800', '080900']) {
      expect(violation(frame)).toBe('frame for a stream never opened')
    }
    expect(violation(open(8) + data(10, 1))).toBe('frame for a stream never opened')
  })

  it('a stream of ours that the peer cannot know yet', () => {
    const pair = new MuxPair({ records: { bodyBytes: 16_500, maxWaitingBytes: 1 } })
    pair.b.send(0, pattern(20_000))
    const id = pair.b.mux.open('x', 0)
    const frame = fromHex(data(id, 1))
    pair.b.mux.receive(frame, 0, frame.length)
    expect(pair.b.violation).toBe('frame for a stream never opened')
  })

  it('streams opened twice, out of turn, in our place or as a lane', () => {
    expect(violation(open(8) + open(8))).toBe('stream opened out of turn')
    expect(violation(open(10))).toBe('stream opened out of turn')
    expect(violation(open(9))).toBe('stream opened out of turn')
    const lane = 'a lane is never opened, ended, reset or stopped'
    for (const frame of [open(7), data(0, 1, 1), '070000', '080300']) expect(violation(frame)).toBe(lane)
  })

  it('data, an end or a reset after the end', () => {
    expect(violation(open(8, 1, 1) + data(8, 1))).toBe('data after the end of a stream')
    expect(violation(open(8, 1, 1) + data(8, 0, 1))).toBe('data after the end of a stream')
    expect(violation(open(8, 1, 1) + '070800')).toBe('reset after the end of a stream')
    expect(violation(open(8) + '070800' + data(8, 1))).toBe('data after the end of a stream')
    expect(violation(open(8) + '070800' + '070800')).toBe('reset after the end of a stream')
  })

  it('unknown kinds, priorities and names that are not UTF-8', () => {
    for (const kind of ['00', '09', '0f', '14', '20', '80', 'ff']) expect(violation(kind)).toBe('unknown frame kind')
    expect(violation('12' + '08' + '04' + '00' + '00')).toBe('unknown priority')
    expect(violation('12' + '08' + '00' + '02' + 'c0af' + '00')).toBe('stream name is not UTF-8')
  })

  it('every frame cut anywhere, and lengths above 2^53−1', () => {
    const frames = [
      '010102030405060708',
      '0303aabbcc',
      '04' + v(1e9),
      '05' + v(70),
      '0600' + v(1e9),
      '070840',
      '12080103' + '616263' + '02aabb',
    ]
    for (const frame of frames) {
      for (let cut = 2; cut < frame.length; cut += 2) expect(violation(frame.slice(0, cut))).toBe('truncated frame')
    }
    for (const kind of ['03', '04', '05', '0600', '1000']) {
      expect(violation(kind + 'c020000000000000')).toBe('truncated frame')
    }
  })

  it('frames for closed streams are ignored, as they may be on their way', () => {
    const pair = new MuxPair()
    const id = pair.a.mux.open('x', 0)
    pair.a.mux.end(id)
    pair.b.mux.end(id)
    pair.settle()
    pair.b.mux.end(id)
    pair.settle()
    expect(pair.b.mux.stats.streams).toBe(0)
    const late = fromHex('06' + v(id) + v(1e9) + '08' + v(id) + '00' + '07' + v(id) + '00' + data(id, 3))
    pair.b.mux.receive(late, 0, late.length)
    pair.b.mux.receive(new Uint8Array(0), 0, 0)
    expect(pair.b.violation).toBeUndefined()
    expect(pair.b.receivedBytes).toBe(0)
  })

  it('limits that go down are ignored', () => {
    const pair = new MuxPair({ limits: { maxStreamBytes: 100, maxDataBytes: 100, maxStreams: 2 } })
    const id = pair.a.mux.open('x', 0)
    const lower = fromHex('06' + v(id) + '01' + '0401' + '0500')
    pair.a.mux.receive(lower, 0, lower.length)
    expect(pair.a.mux.write(id, pattern(200), 0, 200)).toBe(100)
    expect(pair.a.mux.open('y', 0)).toBe(10)
  })

  it('nothing after a violation is processed or sent', () => {
    const pair = new MuxPair()
    const bytes = concat(fromHex('ff'), fromHex(data(0, 5)))
    pair.b.mux.receive(bytes, 0, bytes.length)
    pair.a.send(0, pattern(5))
    pair.settle()
    expect(pair.b.receivedBytes).toBe(0)
    expect(pair.b.mux.write(0, pattern(5), 0, 5)).toBe(0)
    expect(pair.b.mux.open('x', 0)).toBe(-1)
  })

  it('a flood of pings costs one pending pong', () => {
    const pair = new MuxPair({ records: { bodyBytes: 16_500, maxWaitingBytes: 1 } })
    pair.b.send(0, pattern(20_000))
    for (let i = 0; i < 1000; i++) {
      const ping = fromHex('01000000000000' + toHex(new Uint8Array([i >>> 8, i])))
      pair.b.mux.receive(ping, 0, ping.length)
    }
    pair.settle()
    expect(pair.a.events).toEqual(['pong 999'])
  })
})
