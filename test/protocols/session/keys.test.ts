import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/core/limits.js'
import { SessionPair, TestCarrier } from '../../support/handshake-sessions.js'

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

const phases = (written: Uint8Array[]) => {
  const seen = new Set<number>()
  for (const chunk of written) {
    for (let at = 0; at < chunk.length; at += 3 + chunk[at + 1] * 256 + chunk[at + 2]) {
      seen.add(chunk[at])
    }
  }
  return seen
}

/** Sends `count` messages alternately, a record each. */
function talk(pair: SessionPair, count: number): void {
  for (let i = 0; i < count; i++) {
    pair.ends[i % 2]?.send(20)
    pair.settle()
  }
}

function expectWhole(pair: SessionPair): void {
  expect(pair.ends.map(end => end.ended)).toEqual([undefined, undefined])
  expect(pair.responder.got).toEqual(upTo(pair.initiator.next))
  expect(pair.initiator.got).toEqual(upTo(pair.responder.next))
}

describe('keys', () => {
  const rekey = { stepRecords: 1e9, stepBytes: 1e9, stepMs: 1e9, hardRecords: 1e9 }

  it.each([
    ['records', { ...rekey, stepRecords: 3 }],
    ['bytes', { ...rekey, stepBytes: 150 }],
    ['time', { ...rekey, stepMs: 40 }],
  ])('step by %s, more often than a phase byte counts', (_, limits) => {
    const pair = new SessionPair({ real: true, config: { rekey: limits } }).start()
    for (let i = 0; i < 60; i++) {
      talk(pair, 2)
      pair.advance(30)
    }
    expectWhole(pair)
    expect([...phases(pair.initiator.written)].sort((a, b) => a - b)).toEqual(upTo(16))
  })

  it('[§6.18] a counter at its limit closes both directions; no nonce is used twice', () => {
    const pair = new SessionPair({ real: true, config: { rekey: { ...rekey, hardRecords: 20 } } }).start()
    for (let i = 0; i < 40; i++) {
      pair.initiator.send(5)
      pair.settle()
    }
    expect(pair.initiator.ended).toMatchObject({ code: 'SESSION_LOST', remote: false })
    expect(pair.responder.got.length).toBeLessThan(20)
    expect(pair.initiator.send(5)).toBe(false)
    expect(pair.initiator.written.length).toBeLessThanOrEqual(20)
    expect(new Set(pair.initiator.written.map(String)).size).toBe(pair.initiator.written.length)
  })

  it('the KEM ratchet renews everything under traffic in both directions', () => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 500, minRatchetMs: 0 } }).start()
    const before = pair.initiator.session.secrets.attach.slice()
    const ids = String(pair.responder.session.attachIds())
    for (let i = 0; i < 200; i++) {
      pair.initiator.send(i)
      if (i % 3 === 0) pair.settle()
      pair.responder.send(2 * i)
      pair.advance(30)
    }
    pair.settle()
    expectWhole(pair)
    const [a, b] = pair.ends.map(end => end.session.secrets)
    expect(a?.attach).not.toEqual(before)
    expect(String(pair.responder.session.attachIds())).not.toBe(ids)
    for (const name of ['chain', 'resumption', 'attach', 'exporter', 'channelBinding'] as const) {
      expect(a?.[name]).toEqual(b?.[name])
    }
    // Twelve epochs at least: their number is in the high half of the phase.
    expect(new Set([...phases(pair.initiator.written)].map(phase => phase >> 4)).size).toBeGreaterThan(11)
  })

  it.each(upTo(6))('a carrier lost in the middle of a ratchet (%i) hurts nothing', when => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 1000, minRatchetMs: 0 } }).start().advance(100)
    pair.ms += 1000
    pair.initiator.session.tick(pair.time)
    pair.initiator.send(1)
    pair.initiator.session.flush(pair.time)
    pair.responder.send(2)
    const read = (from: 'initiator' | 'responder') => pair[from].carrier?.read(from, 1e6) ?? new Uint8Array(0)
    const give = (to: 'initiator' | 'responder', bytes: Uint8Array) => {
      if (bytes.length > 0) pair[to].session.receive(bytes, 0, bytes.length, pair.time)
    }
    if (when >= 1) give('responder', read('initiator'))
    if (when >= 2) pair.responder.session.flush(pair.time)
    if (when >= 3) give('initiator', read('responder'))
    if (when >= 4) pair.initiator.session.flush(pair.time)
    if (when >= 5) give('responder', read('initiator'))
    pair.cut()
    pair.initiator.send(3)
    pair.responder.send(4)
    expect(pair.attach()).toBe(true)
    pair.settle().advance(200)
    expectWhole(pair)
    expect(pair.initiator.session.secrets.chain).toEqual(pair.responder.session.secrets.chain)
    pair.cut()
    expect(pair.attach()).toBe(true)
  })

  it('a ratchet that ends while a change of carrier is under way does not spoil it', () => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 1000, minRatchetMs: 0 } }).start().advance(100)
    pair.ms += 1000
    pair.initiator.session.tick(pair.time)
    expect(pair.attach(Number.POSITIVE_INFINITY, () => pair.settle())).toBe(true)
    talk(pair, 4)
    expectWhole(pair)
  })

  it('an unanswered ratchet is not begun again, and one too soon closes', () => {
    const pair = new SessionPair({ config: { ratchetMs: 100 } }).start()
    pair.connect(new TestCarrier())
    for (let i = 0; i < 5; i++) {
      pair.ms += 100
      pair.initiator.session.tick(pair.time)
    }
    pair.settle()
    expect(pair.initiator.ended).toBeUndefined()
    pair.ms += LIMITS.minRatchetMs
    pair.initiator.session.tick(pair.time)
    pair.settle()
    expect(pair.responder.ended?.code).toBeUndefined()
    pair.ms += LIMITS.minRatchetMs - 1
    pair.initiator.session.tick(pair.time)
    pair.settle()
    expect(pair.responder.ended?.code).toBe('PROTOCOL_VIOLATION')
  })

  it('the root of an epoch is gone as soon as both directions have their keys', () => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 500, minRatchetMs: 0 } }).start()
    const gone = () => pair.ends.every(end => end.session.secrets.root.every(byte => byte === 0))
    expect(gone()).toBe(true)
    talk(pair, 4)
    pair.advance(600)
    talk(pair, 4)
    expect(phases(pair.initiator.written).has(0x10)).toBe(true)
    expect(gone()).toBe(true)
  })

  it('tickets have the same key on both sides, before and after a ratchet, and a bounded life', () => {
    const pair = new SessionPair({ real: true, config: { ratchetMs: 500, minRatchetMs: 0 } }).start()
    const first = pair.responder.session.issueTicket(1e9, pair.time)
    pair.settle().advance(600)
    const second = pair.responder.session.issueTicket(5000, pair.time)
    pair.settle()
    expect(pair.initiator.tickets).toEqual([
      { ...first, lifetimeMs: LIMITS.ticketMs },
      { ...second, lifetimeMs: 5000 },
    ])
    expect(second.key).not.toEqual(first.key)
  })
})
