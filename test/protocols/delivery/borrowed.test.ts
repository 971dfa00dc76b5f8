import { describe, expect, it } from 'vitest'
import { DeliveryPair, numbered, numberOf, type Side } from '../../support/delivery-pair.js'

const LOST = { qos: 0, priority: 1, borrowed: true } as const

/** Sends a body in an array that its owner uses again at once. */
function sendBorrowed(pair: DeliveryPair, n: number, bytes = 100, qos: 0 | 1 | 2 = 0): number {
  const body = numbered(n, bytes)
  const token = pair.a.delivery.send('x', body, { ...LOST, qos }, pair.time)
  body.fill(0xee)
  return token
}

const got = (side: Side) => side.messages.map(({ body }) => [numberOf(body), body.length, body.at(-1)])

describe('borrowed bodies', () => {
  it.each([0, 1, 2] as const)('of qos %i are the caller’s again when the call returns', qos => {
    const pair = new DeliveryPair({ windowBytes: 500 })
    // Before there is a session, with it, and with a full window.
    sendBorrowed(pair, 1, 100, qos)
    pair.connect().run()
    for (let n = 2; n < 20; n++) sendBorrowed(pair, n, 100, qos)
    pair.run()
    expect(got(pair.b)).toEqual(Array.from({ length: 19 }, (_, i) => [i + 1, 100, i + 1]))
  })

  it('of more than a frame’s scratch array are copied too', () => {
    const pair = new DeliveryPair().connect().run()
    for (const bytes of [512, 513, 1024, 1025, 5000]) sendBorrowed(pair, 3, bytes)
    pair.run()
    expect(got(pair.b)).toEqual([512, 513, 1024, 1025, 5000].map(bytes => [3, bytes, 3]))
  })
})

describe('messages written without an entry', () => {
  it('are queued, then sent, and count as others do', () => {
    const pair = new DeliveryPair().connect().run()
    const token = sendBorrowed(pair, 1)
    expect(pair.a.path(token)).toBe('queued sent')
    expect(pair.a.delivery.stats).toMatchObject({ sent: 1, queuedMessages: 0, queuedBytes: 0 })
    const later = sendBorrowed(pair, 2, 100, 1)
    pair.run()
    expect(pair.a.path(later)).toBe('queued sent acknowledged')
    expect(got(pair.b).map(([n]) => n)).toEqual([1, 2])
  })

  it('come again whole when the session ends in the middle of one', () => {
    const pair = new DeliveryPair({ windowBytes: 250 }).connect().run()
    pair.b.handler = () => undefined
    const tokens = [1, 2, 3].map(n => sendBorrowed(pair, n))
    expect(tokens.map(token => pair.a.path(token))).toEqual(['queued sent', 'queued sent', 'queued'])
    expect(pair.a.delivery.stats.queuedMessages).toBe(1)
    pair.cut()
    pair.b.handler = message => pair.b.delivery.handled(message.token, pair.time)
    pair.connect().run()
    expect(pair.a.path(tokens[2])).toBe('queued sent')
    expect(got(pair.b).at(-1)).toEqual([3, 100, 3])
    expect(pair.a.delivery.stats.queuedMessages).toBe(0)
  })

  it.each([0, 100])('come again when the session ends while they are written, %i bytes taken', taken => {
    const pair = new DeliveryPair().connect().run()
    const write = pair.a.write.bind(pair.a)
    pair.a.write = (_lane, _buffer, from, to) => {
      pair.a.write = write
      pair.cut()
      return Math.min(taken, to - from)
    }
    const token = sendBorrowed(pair, 7, 20)
    expect(pair.a.path(token)).toBe('queued')
    pair.connect().run()
    expect(pair.a.path(token)).toBe('queued sent')
    expect(got(pair.b)).toEqual([[7, 20, 7]])
  })

  it('never overtake those that wait', () => {
    const pair = new DeliveryPair({ windowBytes: 300 }).connect().run()
    for (let n = 0; n < 50; n++) sendBorrowed(pair, n, 60, n % 3 === 0 ? 1 : 0)
    pair.run()
    expect(got(pair.b).map(([n]) => n)).toEqual([...Array(50).keys()])
  })

  it('wait for company where that is configured', () => {
    const pair = new DeliveryPair({ a: { config: { batchDelayMs: 10 } } }).connect().run()
    const token = sendBorrowed(pair, 1)
    expect(pair.a.path(token)).toBe('queued')
    pair.pass(10)
    expect(pair.a.path(token)).toBe('queued sent')
  })
})
