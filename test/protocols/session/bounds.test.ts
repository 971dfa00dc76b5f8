import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/core/limits.js'
import { type SessionEnd, SessionPair, TestCarrier } from '../../support/handshake-sessions.js'

/** Sealed bytes an end keeps, ACK records among them. */
function loggedBytes(end: SessionEnd): number {
  return (end.session.records as unknown as { log: { unackedBytes: number } }).log.unackedBytes
}

describe('bounds', () => {
  it('writers wait at the bounds of what is unacknowledged or unsent, and go on', () => {
    const config = { maxUnackedBytes: 200_000, maxUnsentBytes: 100_000, ackDelayMs: 25 }
    const pair = new SessionPair({ config }).start().advance(50)
    const carrier = new TestCarrier()
    carrier.highWaterBytes = 1
    pair.connect(carrier)
    const fill = () => {
      let count = 0
      while (pair.initiator.send(1000)) count++
      return count
    }
    const first = fill()
    expect(first * 1006).toBeGreaterThan(90_000)
    expect(pair.initiator.session.unackedCount).toBeLessThan(100_000 + 140_000)
    pair.initiator.session.flush(pair.time)
    // Written, so no longer unsent, but nothing is acknowledged.
    while (fill() > 0) pair.initiator.session.flush(pair.time)
    expect(pair.initiator.session.unackedCount).toBeLessThan(200_000 + 140_000)
    const { rooms } = pair.initiator
    expect(pair.initiator.session.records.reserve(1, 1)).toBe(0)
    carrier.highWaterBytes = Number.POSITIVE_INFINITY
    pair.initiator.session.drained(pair.time)
    pair.settle().advance(100)
    expect(pair.initiator.rooms).toBeGreaterThan(rooms)
    expect(pair.initiator.session.unackedCount).toBeLessThan(100)
    expect(fill()).toBeGreaterThan(0)
  })

  it('a peer that acknowledges nothing while it makes us acknowledge ends the session, before memory grows', () => {
    const pair = new SessionPair({ config: { maxUnackedBytes: 10_000 } }).start()
    const { session } = pair.responder
    for (let i = 0; i < 20_000 && session.alive; i++) session.keepAlive(pair.time)
    expect(pair.responder.ended?.code).toBe('LIMIT_EXCEEDED')
    const seen: number[] = []
    const other = new SessionPair().start()
    for (let i = 0; i < 9000 && other.responder.session.alive; i++) {
      other.responder.session.keepAlive(other.time)
      seen.push(other.responder.session.unackedCount)
    }
    expect(Math.max(...seen)).toBeLessThan(1_048_576 + 262_144 + 100)
  })

  it('a transfer in one direction keeps neither log growing: acknowledgements are acknowledged in bulk', () => {
    const pair = new SessionPair({ config: { ackBytes: 1000 } }).start()
    for (let i = 0; i < 4000; i++) {
      pair.initiator.send(1200)
      pair.settle()
    }
    pair.advance(500)
    expect(pair.responder.got).toHaveLength(4000)
    expect(loggedBytes(pair.responder)).toBeLessThan(LIMITS.maxUnackedAcks * 28 + 28)
    expect(pair.responder.session.unackedCount, 'nothing but acknowledgements').toBe(0)
    expect(pair.initiator.session.unackedCount).toBeLessThan(100)
  })

  it('two idle sessions fall silent', () => {
    const pair = new SessionPair().start().advance(1000)
    const before = pair.ends.map(end => end.written.length)
    pair.advance(600_000)
    expect(pair.ends.map(end => end.written.length)).toEqual(before)
    expect(pair.ends.map(end => end.session.unackedCount)).toEqual([0, 0])
  })
})
