import { describe, expect, it } from 'vitest'
import { dice, DeliveryPair, numbered, numberOf } from '../../support/delivery-pair.js'

const NORMAL = { qos: 1, priority: 1 } as const

describe('one-way messages', () => {
  it('[C9] brings name, body, priority and qos to the other side as they were', () => {
    const pair = new DeliveryPair().connect().run()
    const sizes = [0, 1, 63, 64, 255, 1023, 1024, 1025, 16_383, 16_384, 70_000, 1024 * 1024]
    for (const qos of [0, 1, 2] as const) {
      for (const priority of [0, 1, 2, 3] as const) {
        for (const [i, size] of sizes.entries()) {
          const body = new Uint8Array(size).map((_, at) => (at * 31 + i) & 255)
          const name = `naïve.名前.${i}`
          pair.a.delivery.send(name, body, { qos, priority }, pair.time)
          pair.run()
          const got = pair.b.messages.at(-1)
          expect(got).toMatchObject({ name, priority, qos })
          expect(Buffer.compare(got?.body as Uint8Array, body)).toBe(0)
        }
      }
    }
    expect(pair.b.violations).toEqual([])
  })

  it('[C29] tells every message its statuses: qos 0 ends at sent, qos 1 and 2 at acknowledged', () => {
    const pair = new DeliveryPair()
    const tokens = ([0, 1, 2] as const).map(qos =>
      pair.a.delivery.send('x', numbered(qos), { qos, priority: 1 }, pair.time),
    )
    expect(tokens.map(token => pair.a.path(token))).toEqual(['queued', 'queued', 'queued'])
    pair.connect()
    expect(tokens.map(token => pair.a.path(token))).toEqual(['queued sent', 'queued sent', 'queued sent'])
    pair.run()
    expect(tokens.map(token => pair.a.path(token))).toEqual([
      'queued sent',
      'queued sent acknowledged',
      'queued sent acknowledged',
    ])
    expect(pair.a.delivery.stats).toMatchObject({ queuedMessages: 0, queuedBytes: 0, sent: 3, acknowledged: 2 })
  })

  it('tells the token of the next message before it is sent', () => {
    const pair = new DeliveryPair().connect()
    for (let i = 0; i < 5; i++) {
      const expected = pair.a.delivery.nextToken(2)
      expect(pair.a.delivery.send('x', numbered(i), { qos: 0, priority: 2 }, pair.time)).toBe(expected)
      const call = pair.a.delivery.nextRequestToken(3)
      expect(pair.a.delivery.request('x', numbered(i), { priority: 3, timeoutMs: 9 }, pair.time)).toBe(call)
    }
  })

  it('acknowledges qos 1 on receipt and qos 2 only when the handler ended', () => {
    const pair = new DeliveryPair().connect()
    pair.b.handler = message => pair.b.atWork.push(message.token)
    const first = pair.a.delivery.send('x', numbered(1), NORMAL, pair.time)
    pair.run()
    expect(pair.a.path(first)).toBe('queued sent acknowledged')
    pair.b.endHandler(0)
    const second = pair.a.delivery.send('x', numbered(2), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    expect(pair.a.path(second)).toBe('queued sent')
    pair.b.endHandler(0)
    pair.run()
    expect(pair.a.path(second)).toBe('queued sent acknowledged')
  })

  it('hands up one message of a lane at a time and keeps credit back meanwhile', () => {
    const pair = new DeliveryPair({ windowBytes: 1000 }).connect()
    pair.b.handler = message => pair.b.atWork.push(message.token)
    for (let i = 0; i < 100; i++) pair.a.delivery.send('x', numbered(i, 100), NORMAL, pair.time)
    pair.run()
    expect(pair.b.messages).toHaveLength(1)
    // One was taken; of the rest no more than a window has left the sender.
    expect(pair.a.delivery.stats.sent).toBeLessThanOrEqual(11)
    for (let i = 0; i < 100; i++) {
      expect(pair.b.messages).toHaveLength(i + 1)
      pair.b.endHandler(0)
      pair.run()
    }
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([...Array(100).keys()])
  })

  it('a slow handler of one lane holds up neither other lanes nor requests nor acknowledgements', () => {
    const pair = new DeliveryPair({ windowBytes: 4000 }).connect()
    pair.b.handler = message => {
      if (message.priority === 1) pair.b.atWork.push(message.token)
      else pair.b.delivery.handled(message.token, pair.time)
    }
    for (let i = 0; i < 200; i++) pair.a.delivery.send('slow', numbered(i, 100), NORMAL, pair.time)
    const fast = pair.a.delivery.send('fast', numbered(7), { qos: 2, priority: 0 }, pair.time)
    const call = pair.a.delivery.request('call', numbered(8), { priority: 1, timeoutMs: 50 }, pair.time)
    const back = pair.b.delivery.send('back', numbered(9), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    expect(pair.a.path(fast)).toBe('queued sent acknowledged')
    expect(pair.a.responses.has(call)).toBe(true)
    expect(pair.b.path(back)).toBe('queued sent acknowledged')
  })

  it('a handler may send, answer and end from inside the call', () => {
    const pair = new DeliveryPair().connect()
    pair.b.handler = message => {
      pair.b.delivery.send('echo', message.body, { qos: 2, priority: 1 }, pair.time)
      pair.b.delivery.handled(message.token, pair.time)
    }
    for (let i = 0; i < 50; i++) pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
    pair.run(dice(1), 7)
    expect(pair.a.messages.map(message => numberOf(message.body))).toEqual([...Array(50).keys()])
  })

  it('a failed handler fails a qos-2 message, which is not repeated', () => {
    const pair = new DeliveryPair().connect()
    pair.b.handler = message => pair.b.delivery.notHandled(message.token, 'HANDLER_FAILED', 'no such order', pair.time)
    const token = pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 1 }, pair.time)
    const lenient = pair.a.delivery.send('x', numbered(1), NORMAL, pair.time)
    pair.run()
    expect(pair.a.statuses.get(token)?.at(-1)).toEqual(['failed', 'HANDLER_FAILED', 'no such order'])
    expect(pair.a.path(lenient)).toBe('queued sent acknowledged')
    pair.cut()
    pair.connect().run()
    expect(pair.b.messages).toHaveLength(2)
    expect(pair.a.path(token)).toBe('queued sent failed')
  })

  it('a failure reaches the sender even where the session dies before it could be told', () => {
    const pair = new DeliveryPair().connect().run()
    pair.b.handler = message => pair.b.atWork.push(message.token)
    const token = pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 1 }, pair.time)
    const next = pair.a.delivery.send('x', numbered(2), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    pair.cut()
    pair.b.delivery.notHandled(pair.b.atWork[0], 'HANDLER_FAILED', 'late', pair.time)
    pair.b.handler = message => pair.b.delivery.handled(message.token, pair.time)
    pair.connect().run()
    expect(pair.a.statuses.get(token)?.at(-1)).toEqual(['failed', 'HANDLER_FAILED', 'late'])
    expect(pair.a.path(next)).toBe('queued sent acknowledged')
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([1, 2])
  })

  it('takes batches of failures of any size: the lane waits for confirmations instead of forgetting one', () => {
    const pair = new DeliveryPair().connect()
    pair.b.handler = message => pair.b.delivery.notHandled(message.token, 'HANDLER_FAILED', 'no', pair.time)
    const tokens = [...Array(1000).keys()].map(i =>
      pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time),
    )
    pair.run(dice(3), 200)
    expect(tokens.every(token => pair.a.path(token) === 'queued sent failed')).toBe(true)
    expect(pair.b.messages).toHaveLength(1000)
  })
})

describe('corners', () => {
  it('stands still at 64 failures the sender has not confirmed, and recovers in the next session', () => {
    const pair = new DeliveryPair().connect().run()
    pair.b.handler = message => pair.b.delivery.notHandled(message.token, 'HANDLER_FAILED', 'no', pair.time)
    pair.b.write = () => 0
    const tokens = [...Array(70).keys()].map(i =>
      pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time),
    )
    pair.run()
    expect(pair.b.messages).toHaveLength(64)
    pair.cut()
    Reflect.deleteProperty(pair.b, 'write')
    pair.connect().run()
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([...Array(70).keys()])
    expect(tokens.every(token => pair.a.path(token) === 'queued sent failed')).toBe(true)
  })

  it('does not repeat an acknowledgement that says nothing new', () => {
    const pair = new DeliveryPair().connect().run()
    pair.b.handler = message => pair.b.atWork.push(message.token)
    pair.b.writes.length = 0
    for (let i = 0; i < 6; i++) {
      pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
      pair.run().pass(10)
    }
    expect(pair.b.writes).toEqual([])
  })

  it('sending from inside a status never gives another message that status', () => {
    const pair = new DeliveryPair().connect().run()
    const heard = pair.a.onStatus.bind(pair.a)
    const first = pair.a.delivery.nextToken(1)
    pair.a.onStatus = (token, status, code, text) => {
      heard(token, status, code, text)
      if (token !== first || status !== 'acknowledged') return
      // Drops what is final, then fills the places that became free.
      pair.a.delivery.send('x', numbered(9), { qos: 0, priority: 1 }, pair.time)
      for (let i = 0; i < 3; i++) pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
    }
    pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 1 }, pair.time)
    const second = pair.a.delivery.send('x', numbered(2), { qos: 0, priority: 1 }, pair.time)
    // One acknowledgement is to cover both.
    const ends = pair.b.handler
    pair.b.handler = message => pair.b.atWork.push(message.token)
    pair.run()
    pair.b.handler = ends
    pair.b.endHandler(0)
    pair.run()
    expect(pair.a.path(second)).toBe('queued sent')
    expect([...pair.a.statuses.keys()].map(token => pair.a.path(token)).sort()).toEqual([
      ...Array<string>(2).fill('queued sent'),
      ...Array<string>(4).fill('queued sent acknowledged'),
    ])
  })
})

describe('cancellation and lifetimes', () => {
  it('fails a message that outlives its lifetime, queued or sent, and goes on with the next', () => {
    const pair = new DeliveryPair()
    const waiting = pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 1, lifetimeMs: 100 }, pair.time)
    const patient = pair.a.delivery.send('x', numbered(2), { qos: 2, priority: 1, lifetimeMs: 101 }, pair.time)
    expect(pair.a.delivery.nextDeadline()).toBe(pair.time.monoMs + 100)
    pair.pass(99)
    expect(pair.a.path(waiting)).toBe('queued')
    pair.pass(1)
    expect(pair.a.statuses.get(waiting)?.at(-1)?.slice(0, 2)).toEqual(['failed', 'EXPIRED'])
    pair.connect().run()
    expect(pair.a.path(patient)).toBe('queued sent acknowledged')
    pair.b.handler = message => pair.b.atWork.push(message.token)
    const sent = pair.a.delivery.send('x', numbered(3), { qos: 2, priority: 1, lifetimeMs: 50 }, pair.time)
    pair.run().pass(50)
    expect(pair.a.path(sent)).toBe('queued sent failed')
    pair.b.endHandler(0)
    const last = pair.a.delivery.send('x', numbered(4), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    pair.b.endHandler(0)
    pair.run()
    expect(pair.a.path(last)).toBe('queued sent acknowledged')
    expect(pair.a.delivery.nextDeadline()).toBeUndefined()
  })

  it('cancels a queued message, completes a half-written one on the wire, and both fail once', () => {
    const pair = new DeliveryPair({ windowBytes: 100 }).connect()
    pair.run()
    const half = pair.a.delivery.send('x', numbered(1, 500), { qos: 2, priority: 1 }, pair.time)
    const queued = pair.a.delivery.send('x', numbered(2), { qos: 2, priority: 1 }, pair.time)
    const after = pair.a.delivery.send('x', numbered(3), { qos: 2, priority: 1 }, pair.time)
    pair.a.delivery.cancel(half, pair.time)
    pair.a.delivery.cancel(queued, pair.time)
    pair.a.delivery.cancel(queued, pair.time)
    pair.run()
    expect([half, queued, after].map(token => pair.a.path(token))).toEqual([
      'queued failed',
      'queued failed',
      'queued sent acknowledged',
    ])
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([1, 3])
    expect(pair.a.delivery.stats).toMatchObject({ queuedMessages: 0, queuedBytes: 0 })
  })

  it('abandon fails everything that is not final; close refuses what comes later', () => {
    const pair = new DeliveryPair()
    const message = pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 3 }, pair.time)
    const call = pair.a.delivery.request('x', numbered(1), { priority: 3, timeoutMs: 1000 }, pair.time)
    pair.a.delivery.abandon('PEER_UNREACHABLE', 'no address answered')
    expect(pair.a.statuses.get(message)?.at(-1)).toEqual(['failed', 'PEER_UNREACHABLE', 'no address answered'])
    expect(pair.a.failures.get(call)).toEqual(['PEER_UNREACHABLE', 'no address answered'])
    pair.connect().run()
    expect(pair.b.messages).toEqual([])
    pair.b.answerer = () => undefined
    pair.a.delivery.request('x', numbered(2), { priority: 3, timeoutMs: 1000 }, pair.time)
    pair.run()
    pair.b.delivery.close('CLOSED', 'the node was closed')
    pair.b.delivery.close('CLOSED', 'again')
    expect(pair.b.cancelled).toHaveLength(1)
    expect(() => pair.b.delivery.send('x', numbered(1), NORMAL, pair.time)).toThrow(/the node was closed/)
  })
})
