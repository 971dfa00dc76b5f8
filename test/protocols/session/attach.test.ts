import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dice, SessionPair, type SessionEnd } from '../../support/handshake-sessions.js'

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Everything sent arrived once and in order, both ways. */
function expectWhole(pair: SessionPair): void {
  expect(pair.responder.got).toEqual(upTo(pair.initiator.next))
  expect(pair.initiator.got).toEqual(upTo(pair.responder.next))
}

function chatter(pair: SessionPair, roll: (below: number) => number, messages: number): void {
  for (let i = 0; i < messages; i++) pair.ends[roll(2)]?.send(roll(4) === 0 ? roll(3000) : roll(40))
}

/** Delivers a random part of what is under way, then loses the rest. */
function tear(pair: SessionPair, roll: (below: number) => number): void {
  for (const end of pair.ends) end.session.flush(pair.time)
  for (const end of pair.ends) {
    const bytes = end.carrier?.read(end.side, roll(4000))
    if (bytes !== undefined) pair.other(end).session.receive(bytes, 0, bytes.length, pair.time)
  }
  pair.cut()
}

describe('change of carrier', () => {
  // ATTACH 64, OK 56, DONE 32 and the first bytes of records behind them.
  const everyByte = upTo(64 + 56 + 32 + 120)

  it.each([1, 2, 3])(
    '[§6.21] a socket cut at every byte of an ATTACH exchange loses and doubles nothing (%i)',
    seed => {
      for (const budget of everyByte) {
        const roll = dice(seed * 1000 + budget)
        const pair = new SessionPair({ seed: seed * 1000 + budget, config: { maxIdleAttaches: 5 } }).start()
        chatter(pair, roll, 12)
        pair.settle()
        chatter(pair, roll, 12)
        tear(pair, roll)
        chatter(pair, roll, 6)
        pair.attach(budget)
        chatter(pair, roll, 6)
        pair.cut()
        expect(pair.attach(), `cut after ${budget} bytes`).toBe(true)
        chatter(pair, roll, 3)
        pair.settle().advance(100)
        expect(pair.initiator.ended ?? pair.responder.ended).toBeUndefined()
        expectWhole(pair)
      }
    },
  )

  it('loses nothing in any history of traffic, cuts, changes of carrier, time and ratchets', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.array(fc.nat(7), { maxLength: 60 }), (seed, moves) => {
        const roll = dice(seed)
        const pair = new SessionPair({
          seed,
          config: { maxIdleAttaches: 100, ratchetMs: 400, minRatchetMs: 0 },
        }).start()
        pair.pieceBytes = 1 + roll(500)
        for (const move of moves) {
          if (move <= 2) chatter(pair, roll, 1 + roll(8))
          else if (move === 3) pair.settle()
          else if (move === 4) tear(pair, roll)
          else if (move === 5) pair.advance(roll(300))
          else if (move === 6) pair.attach(roll(400))
          else
            pair.attach(Number.POSITIVE_INFINITY, () => {
              chatter(pair, roll, 3)
              deliverOld(pair, roll)
            })
        }
        pair.cut()
        expect(pair.attach()).toBe(true)
        pair.settle().advance(200)
        expect(pair.initiator.ended ?? pair.responder.ended).toBeUndefined()
        expectWhole(pair)
      }),
      { numRuns: 300, seed: 7 },
    )
  })

  it('keeps what the old carrier brought while the new one was being confirmed', () => {
    const pair = new SessionPair().start()
    for (let i = 0; i < 5; i++) pair.initiator.send(10)
    const early = () => {
      pair.initiator.session.flush(pair.time)
      for (let bytes = pair.initiator.carrier?.read('initiator', 1e6); bytes !== undefined;) {
        pair.responder.session.receive(bytes, 0, bytes.length, pair.time)
        bytes = pair.initiator.carrier?.read('initiator', 1e6)
      }
      expect(pair.responder.got).toEqual([0, 1, 2, 3, 4])
    }
    expect(pair.attach(Number.POSITIVE_INFINITY, early)).toBe(true)
    pair.initiator.send(10)
    pair.settle()
    expect(pair.responder.got).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('takes an acknowledgement that was sealed before the change and comes after it', () => {
    const pair = new SessionPair().start().advance(100)
    pair.initiator.send(1)
    pair.settle()
    pair.ms += 25
    pair.responder.session.tick(pair.time)
    pair.responder.session.flush(pair.time)
    pair.initiator.send(1)
    pair.initiator.session.flush(pair.time)
    const bytes = pair.initiator.carrier?.read('initiator', 1e6) as Uint8Array
    pair.responder.session.receive(bytes, 0, bytes.length, pair.time)
    pair.cut()
    expect(pair.attach()).toBe(true)
    pair.advance(100)
    expect(pair.ends.map(end => end.ended)).toEqual([undefined, undefined])
    expect(pair.initiator.session.unackedCount).toBeLessThan(100)
    expectWhole(pair)
  })

  it('resends the same sealed bytes', () => {
    const pair = new SessionPair({ real: true }).start()
    pair.initiator.written.length = 0
    pair.initiator.send(100)
    pair.initiator.session.flush(pair.time)
    pair.cut()
    expect(pair.attach()).toBe(true)
    const [first, second] = pair.initiator.written
    expect(second).toEqual(first)
    expect(pair.responder.got).toEqual([0])
  })

  it('refuses forged, replayed, reordered and foreign packets', () => {
    const pair = new SessionPair({ real: true }).start()
    const { session: dialler } = pair.initiator
    const { session: owner } = pair.responder
    pair.cut()
    const request = dialler.beginAttach(pair.time)
    for (let at = 0; at < request.length; at++) {
      // The flags, type and reserved bytes of the header are under the mac too.
      const forged = request.slice()
      forged[at] = forged[at] ^ 1
      expect(owner.answerAttach(forged, pair.time), `byte ${at}`).toBeUndefined()
    }
    const ok = owner.answerAttach(request, pair.time)
    expect(ok).toBeDefined()
    expect(owner.answerAttach(request, pair.time)).toBeUndefined()
    for (let at = 0; at < (ok?.length ?? 0); at++) {
      const forged = (ok as Uint8Array).slice()
      forged[at] = forged[at] ^ 1
      expect(dialler.finishAttach(forged, pair.time), `byte ${at}`).toBeUndefined()
    }
    const done = dialler.finishAttach(ok as Uint8Array, pair.time) as Uint8Array
    for (let at = 0; at < done.length; at++) {
      const forged = done.slice()
      forged[at] = forged[at] ^ 1
      expect(owner.confirmAttach(forged, pair.time), `byte ${at}`).toBe(false)
    }
    const stranger = new SessionPair({ real: true, seed: 9 }).start()
    expect(stranger.responder.session.confirmAttach(done, pair.time)).toBe(false)
    expect(owner.confirmAttach(done, pair.time)).toBe(true)
    expect(owner.confirmAttach(done, pair.time)).toBe(false)
  })

  it('its ids change with every attempt and name the session to nobody else', () => {
    const pair = new SessionPair({ real: true }).start()
    const before = pair.responder.session.attachIds().map(String)
    const asked = String(pair.initiator.session.beginAttach(pair.time).subarray(16, 32))
    expect(before[0]).toBe(asked)
    expect(new Set(before).size).toBe(4)
    pair.cut()
    expect(pair.attach()).toBe(true)
    expect(pair.responder.session.attachIds().map(String)).not.toContain(before[0])
    expect(pair.responder.attachIdsChanged).toBeGreaterThan(0)
  })

  it('survives attempts that never reached the responder, up to the ids it looks ahead', () => {
    const pair = new SessionPair().start()
    pair.cut()
    for (let i = 0; i < 3; i++) pair.initiator.session.beginAttach(pair.time)
    expect(pair.attach()).toBe(true)
    pair.cut()
    for (let i = 0; i < 4; i++) pair.initiator.session.beginAttach(pair.time)
    expect(pair.attach()).toBe(false)
  })

  it('ends after three changes without a single new record', () => {
    const pair = new SessionPair({ config: { maxIdleAttaches: 3 } }).start()
    const silent = (end: SessionEnd) => end.session.alive
    for (let i = 0; i < 3; i++) {
      pair.cut()
      pair.attach()
      expect(silent(pair.initiator)).toBe(i < 2)
    }
    expect(pair.initiator.ended?.code).toBe('SESSION_LOST')
  })

  it('wipes a session that finds no carrier for 30 s, not a moment before, and answers nothing afterwards', () => {
    const pair = new SessionPair({ real: true }).start().advance(100)
    pair.cut()
    pair.advance(29_999)
    expect(pair.ends.map(end => end.session.alive)).toEqual([true, true])
    const request = pair.initiator.session.beginAttach(pair.time)
    pair.advance(1)
    for (const end of pair.ends) {
      expect(end.ended).toMatchObject({ code: 'SESSION_LOST', remote: false })
      const { root, chain, resumption, attach, exporter } = end.session.secrets
      for (const secret of [root, chain, resumption, attach, exporter])
        expect([...secret].every(b => b === 0)).toBe(true)
      expect(end.session.attachIds()).toEqual([])
      expect(end.session.answerAttach(request, pair.time)).toBeUndefined()
      expect(end.session.finishAttach(new Uint8Array(56), pair.time)).toBeUndefined()
      expect(end.session.confirmAttach(new Uint8Array(32), pair.time)).toBe(false)
      expect(() => end.session.beginAttach(pair.time)).toThrow('over')
      expect(() => end.session.issueTicket(1, pair.time)).toThrow('over')
      expect(end.session.nextDeadline()).toBeUndefined()
    }
  })

  it('asks for no tick in the past while it waits for a carrier', () => {
    const pair = new SessionPair().start()
    pair.initiator.send(1)
    pair.settle()
    pair.cut()
    expect(pair.responder.session.nextDeadline()).toBe(pair.ms + 30_000)
  })
})

function deliverOld(pair: SessionPair, roll: (below: number) => number): void {
  const carriers = pair.ends.map(end => end.carrier)
  if (carriers[0] === undefined || carriers[0] !== carriers[1]) return
  for (const end of pair.ends) {
    end.session.flush(pair.time)
    const bytes = carriers[0].read(end.side, roll(4000))
    if (bytes !== undefined) pair.other(end).session.receive(bytes, 0, bytes.length, pair.time)
  }
}
