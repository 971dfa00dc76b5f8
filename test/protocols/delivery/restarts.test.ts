import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dice, DeliveryPair, numbered, numberOf } from '../../support/delivery-pair.js'

const RUNS = { seed: 0x5eed, numRuns: 60 }

describe('restarts', () => {
  it('a sender that restarts begins anew, whatever numbers its former self had reached', () => {
    const pair = new DeliveryPair().connect()
    for (let i = 0; i < 10; i++) pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    pair.cut()
    pair.a.restart(0xa2)
    pair.a.delivery.send('x', numbered(10), { qos: 2, priority: 1 }, pair.time)
    pair.connect().run()
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([...Array(11).keys()])
    expect(pair.a.delivery.stats.acknowledged).toBe(1)
  })

  it('a receiver that forgot everything handles again what was not acknowledged, and nothing else', () => {
    const pair = new DeliveryPair().connect()
    for (let i = 0; i < 5; i++) pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    pair.b.handler = message => pair.b.atWork.push(message.token)
    for (let i = 5; i < 8; i++) pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    pair.cut()
    pair.b.restart(0xb2)
    pair.b.handler = message => pair.b.delivery.handled(message.token, pair.time)
    pair.connect().run()
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([0, 1, 2, 3, 4, 5, 5, 6, 7])
    expect(pair.a.delivery.stats.acknowledged).toBe(8)
  })

  it('with saved state no handler runs twice over restarts, failed saves and lost sessions, and all is acknowledged', () => {
    fc.assert(
      fc.property(fc.nat(), seed => {
        const roll = dice(seed)
        const pair = new DeliveryPair({ windowBytes: 400, b: { config: { durableInbox: true } } })
        let saved: Uint8Array | undefined
        let n = 0
        let epoch = 0xb2
        pair.b.saveInbox = state => pair.b.saves.push(state)
        const store = (): void => {
          const state = pair.b.saves.shift()
          if (state === undefined) return
          const ok = roll(4) > 0
          if (ok) saved = state
          pair.b.delivery.inboxSaved(ok, pair.time)
        }
        for (let i = 0; i < 300; i++) {
          const what = roll(40)
          if (what === 0) {
            // The process ends between two handlers, with everything saved: what a drained restart is.
            while (pair.b.saves.length > 0) store()
            pair.pass(2000)
            while (pair.b.saves.length > 0) store()
            if (pair.connected) pair.cut()
            if (pair.b.delivery.nextDeadline() !== undefined) continue
            pair.b.restart(epoch++, saved)
          } else if (what < 3) pair.connected ? pair.cut() : pair.connect()
          else if (what < 10) pair.a.delivery.send('x', numbered(n++, roll(50)), { qos: 2, priority: 1 }, pair.time)
          else if (what < 15) store()
          else if (pair.connected) pair.step(roll, 40)
        }
        if (!pair.connected) pair.connect()
        pair.run(roll)
        for (let i = 0; i < 50; i++) {
          while (pair.b.saves.length > 0) store()
          pair.run(roll).pass(1000)
        }
        expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([...Array(n).keys()])
        expect(pair.a.delivery.stats.queuedMessages).toBe(0)
      }),
      RUNS,
    )
  })

  it('acknowledges qos 2 only after the save, retries a failed save, and a crash before it repeats the message', () => {
    const pair = new DeliveryPair({ b: { config: { durableInbox: true } } }).connect()
    const token = pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    expect(pair.b.saves).toHaveLength(1)
    expect(pair.a.path(token)).toBe('queued sent')
    pair.b.delivery.inboxSaved(false, pair.time)
    pair.pass(999)
    expect(pair.b.saves).toHaveLength(1)
    pair.pass(1)
    expect(pair.b.saves).toHaveLength(2)
    pair.cut()
    pair.b.restart(0xb2)
    pair.connect().run()
    expect(pair.b.messages).toHaveLength(2)
    pair.b.delivery.inboxSaved(true, pair.time)
    pair.run()
    expect(pair.a.path(token)).toBe('queued sent acknowledged')
  })

  it('tells a failure, too, only after the save', () => {
    const pair = new DeliveryPair({ b: { config: { durableInbox: true } } }).connect()
    pair.b.handler = message => pair.b.delivery.notHandled(message.token, 'HANDLER_FAILED', 'no', pair.time)
    // The qos-1 message owes an acknowledgement of its own.
    pair.a.delivery.send('x', numbered(0), { qos: 1, priority: 1 }, pair.time)
    const token = pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    expect(pair.a.path(token)).toBe('queued sent')
    pair.b.delivery.inboxSaved(true, pair.time)
    pair.run()
    expect(pair.a.path(token)).toBe('queued sent failed')
  })

  it('a failure that was saved is still told after a restart', () => {
    const pair = new DeliveryPair({ b: { config: { durableInbox: true } } }).connect()
    pair.b.handler = message => pair.b.delivery.notHandled(message.token, 'SCHEMA_INVALID', 'größe fehlt', pair.time)
    const token = pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 2 }, pair.time)
    pair.run()
    pair.cut()
    pair.b.restart(0xb2, pair.b.saves[0])
    pair.connect().run()
    expect(pair.b.messages).toHaveLength(1)
    expect(pair.a.statuses.get(token)?.at(-1)).toEqual(['failed', 'SCHEMA_INVALID', 'größe fehlt'])
  })

  it('refuses a saved state that cannot be read instead of starting without it', () => {
    const pair = new DeliveryPair({ b: { config: { durableInbox: true } } }).connect()
    pair.b.handler = message => pair.b.delivery.notHandled(message.token, 'HANDLER_FAILED', 'no', pair.time)
    pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 2 }, pair.time)
    pair.run()
    const state = pair.b.saves[0]
    for (let cut = 2; cut < state.length; cut++) {
      expect(() => pair.b.restart(1, state.slice(0, cut))).toThrow(/cannot be read/)
    }
    expect(() => pair.b.restart(1, new Uint8Array([2]))).toThrow(/cannot be read/)
    expect(() => pair.b.restart(1, new Uint8Array([1, 4, ...state.slice(2)]))).toThrow(/cannot be read/)
    expect(() => pair.b.restart(1, new Uint8Array([...state, ...state.slice(1)]))).toThrow(/cannot be read/)
    expect(() => pair.b.restart(1, state)).not.toThrow()
  })
})
