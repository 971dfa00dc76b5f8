import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Compressor } from '../../../src/ports/compressor.js'
import { isHyphaeError } from '../../../src/core/errors.js'
import { LIMITS } from '../../../src/core/limits.js'
import { resolveDeliveryConfig } from '../../../src/protocols/delivery/index.js'
import { DeliveryPair, numbered, numberOf } from '../../support/delivery-pair.js'

const NORMAL = { qos: 1, priority: 1 } as const

/** The compressor of Node, as a platform would provide it. */
const deflate: Compressor = {
  name: 'deflate-raw',
  compress: input => new Uint8Array(deflateRawSync(input)),
  decompress(input, maxBytes) {
    try {
      return new Uint8Array(inflateRawSync(input, { maxOutputLength: maxBytes }))
    } catch {
      return undefined
    }
  },
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work()
  } catch (error) {
    if (isHyphaeError(error)) return error.code
  }
  return undefined
}

describe('limits of the sender', () => {
  it('[D107] takes a message of the limit, refuses one byte more with MESSAGE_TOO_LARGE', () => {
    const pair = new DeliveryPair({ windowBytes: 1 << 21 }).connect().run()
    const most = 1024 * 1024
    pair.a.delivery.send('x', new Uint8Array(most), NORMAL, pair.time)
    pair.a.delivery.request('x', new Uint8Array(most), { priority: 1, timeoutMs: 9 }, pair.time)
    pair.run()
    expect(pair.b.messages[0]?.body).toHaveLength(most)
    expect(pair.b.requests[0]?.body).toHaveLength(most)
    const large = new Uint8Array(most + 1)
    expect(codeOf(() => pair.a.delivery.send('x', large, NORMAL, pair.time))).toBe('MESSAGE_TOO_LARGE')
    const call = { priority: 1, timeoutMs: 9 } as const
    expect(codeOf(() => pair.a.delivery.request('x', large, call, pair.time))).toBe('MESSAGE_TOO_LARGE')
  })

  it('[D107] fails with MESSAGE_TOO_LARGE what the peer would not take, without breaking the session', () => {
    const pair = new DeliveryPair({ b: { config: { maxMessageBytes: 2000 } } })
    const early = pair.a.delivery.send('x', numbered(1, 2001), NORMAL, pair.time)
    const earlyCall = pair.a.delivery.request('x', numbered(1, 2001), { priority: 1, timeoutMs: 99 }, pair.time)
    const fits = pair.a.delivery.send('x', numbered(2, 2000), NORMAL, pair.time)
    pair.connect()
    expect(pair.a.path(early)).toBe('queued')
    pair.run()
    expect(pair.a.statuses.get(early)?.at(-1)?.slice(0, 2)).toEqual(['failed', 'MESSAGE_TOO_LARGE'])
    expect(pair.a.failures.get(earlyCall)?.[0]).toBe('MESSAGE_TOO_LARGE')
    expect(pair.a.path(fits)).toBe('queued sent acknowledged')
    expect(pair.b.violations).toEqual([])
  })

  it('answers MESSAGE_TOO_LARGE where an answer exceeds either limit', () => {
    const pair = new DeliveryPair({ a: { config: { maxMessageBytes: 2000 } } }).connect().run()
    const bodies = [2000, 2001, 1024 * 1024 + 1]
    pair.b.answerer = request =>
      pair.b.delivery.respond(request.token, new Uint8Array(bodies[numberOf(request.body)]), pair.time)
    const tokens = [0, 1, 2].map(n =>
      pair.a.delivery.request('x', numbered(n), { priority: 1, timeoutMs: 9 }, pair.time),
    )
    pair.run()
    expect(pair.a.responses.get(tokens[0])).toHaveLength(2000)
    expect(tokens.slice(1).map(token => pair.a.failures.get(token)?.[0])).toEqual(Array(2).fill('MESSAGE_TOO_LARGE'))
  })

  it('refuses one message past maxQueuedMessages with QUEUE_FULL, and takes it again when one is final', () => {
    const pair = new DeliveryPair({ a: { config: { maxQueuedMessages: 3 } } })
    const tokens = [1, 2, 3].map(n => pair.a.delivery.send('x', numbered(n), NORMAL, pair.time))
    expect(codeOf(() => pair.a.delivery.send('x', numbered(4), NORMAL, pair.time))).toBe('QUEUE_FULL')
    pair.a.delivery.cancel(tokens[0], pair.time)
    expect(codeOf(() => pair.a.delivery.send('x', numbered(4), NORMAL, pair.time))).toBeUndefined()
  })

  it('bounds the numbers that wait behind one unacknowledged message', () => {
    const pair = new DeliveryPair({ a: { config: { maxQueuedMessages: 3 } } }).connect()
    pair.b.handler = () => undefined
    pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 1 }, pair.time)
    pair.a.delivery.send('x', numbered(2), { qos: 0, priority: 1 }, pair.time)
    pair.a.delivery.send('x', numbered(3), { qos: 0, priority: 1 }, pair.time)
    expect(codeOf(() => pair.a.delivery.send('x', numbered(4), { qos: 0, priority: 1 }, pair.time))).toBe('QUEUE_FULL')
  })

  it('refuses one byte past maxQueuedBytes with QUEUE_FULL', () => {
    const pair = new DeliveryPair({ a: { config: { maxQueuedBytes: 1000 } } })
    pair.a.delivery.send('x', numbered(1, 500), NORMAL, pair.time)
    expect(codeOf(() => pair.a.delivery.send('x', numbered(2, 501), NORMAL, pair.time))).toBe('QUEUE_FULL')
    expect(codeOf(() => pair.a.delivery.send('x', numbered(2, 500), NORMAL, pair.time))).toBeUndefined()
  })

  it('takes a name of 255 bytes, refuses 256 and none, and other wrong arguments', () => {
    const pair = new DeliveryPair().connect()
    const name = 'é'.repeat(127) + 'x'
    pair.a.delivery.send(name, numbered(1), NORMAL, pair.time)
    pair.run()
    expect(pair.b.messages[0]?.name).toBe(name)
    const { delivery } = pair.a
    for (const wrong of ['', `${name}y`]) {
      expect(codeOf(() => delivery.send(wrong, numbered(1), NORMAL, pair.time))).toBe('INVALID_ARGUMENT')
    }
    const calls = [
      () => delivery.send('x', numbered(1), { qos: 3 as 2, priority: 1 }, pair.time),
      () => delivery.send('x', numbered(1), { qos: 1, priority: 4 as 3 }, pair.time),
      () => delivery.send('x', numbered(1), { ...NORMAL, lifetimeMs: 0 }, pair.time),
      () => delivery.request('x', numbered(1), { priority: 1, timeoutMs: 0 }, pair.time),
      () => delivery.request('x', numbered(1), { priority: 1, timeoutMs: NaN }, pair.time),
    ]
    for (const call of calls) expect(codeOf(call)).toBe('INVALID_ARGUMENT')
  })

  it('sends names by number, and in full when the table of the lane is full', () => {
    const pair = new DeliveryPair({ windowBytes: 1 << 20 }).connect().run()
    const names = [...Array(LIMITS.maxLaneNames + 10).keys()].map(i => `name-${i}`)
    for (const round of [1, 2]) {
      for (const name of names) pair.a.delivery.send(name, numbered(round), { qos: 0, priority: 1 }, pair.time)
      pair.run()
    }
    expect(pair.b.messages.map(message => message.name)).toEqual([...names, ...names])
    expect(pair.b.violations).toEqual([])
    pair.a.writes.length = 0
    pair.a.delivery.send('name-0', numbered(1), { qos: 0, priority: 1 }, pair.time)
    // length, kind, number of the name, body
    expect(pair.a.writes).toEqual([[1, 3 + 4]])
  })

  it('names the key, the value and the range of a wrong configuration', () => {
    expect(() => resolveDeliveryConfig({ maxMessageBytes: 1023 })).toThrow(/maxMessageBytes is 1023.*1024/)
    expect(() => resolveDeliveryConfig({ ackDelayMs: 1.5 })).toThrow(/ackDelayMs is 1.5/)
    expect(codeOf(() => resolveDeliveryConfig({ maxBatchMessages: 0 }))).toBe('INVALID_CONFIG')
    expect(resolveDeliveryConfig().maxBatchMessages).toBe(64)
  })
})

describe('batching', () => {
  it('[D104] flushes after 10 messages where 10 are configured', () => {
    const pair = new DeliveryPair({ a: { config: { maxBatchMessages: 10 } } }).connect()
    for (let i = 1; i <= 25; i++) {
      pair.a.delivery.send('x', numbered(i), { qos: 0, priority: 1 }, pair.time)
      expect(pair.a.flushes).toBe(Math.floor(i / 10))
    }
    // The session flushed by itself: the count begins anew.
    pair.a.delivery.flushed()
    for (let i = 0; i < 9; i++) pair.a.delivery.send('x', numbered(i), { qos: 0, priority: 1 }, pair.time)
    expect(pair.a.flushes).toBe(2)
    pair.a.delivery.send('x', numbered(0), { qos: 0, priority: 1 }, pair.time)
    expect(pair.a.flushes).toBe(3)
  })

  it('[C11] a batch leaves when it is full or when its time is over, whichever comes first', () => {
    const pair = new DeliveryPair({ a: { config: { maxBatchMessages: 10, batchDelayMs: 20 } } }).connect().run()
    const send = (n: number) => pair.a.delivery.send('x', numbered(n), { qos: 0, priority: 1 }, pair.time)
    for (let i = 0; i < 9; i++) send(i)
    pair.run()
    expect(pair.b.messages).toHaveLength(0)
    send(9)
    pair.run()
    expect([pair.b.messages.length, pair.a.flushes]).toEqual([10, 1])
    send(10)
    pair.pass(19)
    expect([pair.b.messages.length, pair.a.flushes]).toEqual([10, 1])
    pair.pass(1)
    expect([pair.b.messages.length, pair.a.flushes]).toEqual([11, 2])
    const urgent = pair.a.delivery.send('x', numbered(11), { qos: 0, priority: 0 }, pair.time)
    expect(pair.a.path(urgent)).toBe('queued sent')
  })

  it('[D20] one piece of the lane carries many messages', () => {
    const pair = new DeliveryPair().connect().run()
    for (let i = 0; i < 100; i++) pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
    const all = Buffer.concat(pair.a.pipes[1]?.waiting ?? [])
    const pipe = pair.a.pipes[1]
    if (pipe !== undefined) pipe.waiting = [new Uint8Array(all)]
    pair.b.writes.length = 0
    pair.run()
    expect(pair.b.messages).toHaveLength(100)
    // and one acknowledgement answers them all
    expect(pair.b.writes).toHaveLength(1)
  })

  it('acknowledges a backlog of slow handlers in few frames, after 5 ms at the latest', () => {
    const pair = new DeliveryPair().connect().run()
    pair.b.handler = message => pair.b.atWork.push(message.token)
    for (let i = 0; i < 100; i++) pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    pair.b.writes.length = 0
    for (let i = 0; i < 10; i++) pair.b.endHandler(0)
    expect(pair.b.writes).toHaveLength(0)
    pair.pass(5)
    expect([pair.b.writes.length, pair.a.delivery.stats.acknowledged]).toEqual([1, 10])
    while (pair.b.atWork.length > 0) pair.b.endHandler(0)
    pair.run()
    expect(pair.a.delivery.stats.acknowledged).toBe(100)
    expect(pair.b.writes.length).toBeLessThan(6)
  })
})

describe('compression', () => {
  const both = { a: { compressor: deflate, config: { compress: true } }, b: { compressor: deflate } }
  const written = (pair: DeliveryPair): number => pair.a.writes.reduce((sum, [, bytes]) => sum + bytes, 0)

  it('[D105] compresses from 1024 bytes on, not 1023', () => {
    const pair = new DeliveryPair(both).connect().run()
    pair.a.writes.length = 0
    pair.a.delivery.send('x', new Uint8Array(1023), NORMAL, pair.time)
    expect(written(pair)).toBeGreaterThan(1023)
    pair.a.writes.length = 0
    pair.a.delivery.send('x', new Uint8Array(1024), NORMAL, pair.time)
    expect(written(pair)).toBeLessThan(100)
    pair.run()
    expect(pair.b.messages.map(message => message.body.length)).toEqual([1023, 1024])
  })

  it('[D19] is lossless for messages, requests and answers, and leaves alone what does not shrink', () => {
    const pair = new DeliveryPair({ ...both, b: { compressor: deflate, config: { compress: true } } }).connect().run()
    let state = 1
    const noise = new Uint8Array(5000).map(() => (state = (state * 48_271) % 0x7fff_ffff) & 255)
    const text = new Uint8Array(50_000).map((_, i) => i % 7)
    for (const body of [noise, text]) {
      pair.a.writes.length = pair.b.writes.length = 0
      pair.a.delivery.send('x', body, NORMAL, pair.time)
      const token = pair.a.delivery.request('x', body, { priority: 1, timeoutMs: 9 }, pair.time)
      expect(written(pair) < body.length).toBe(body === text)
      pair.run()
      expect(Buffer.compare(pair.b.messages.at(-1)?.body as Uint8Array, body)).toBe(0)
      expect(Buffer.compare(pair.a.responses.get(token) as Uint8Array, body)).toBe(0)
    }
  })

  it('[C12] is an option: of the call, of the configuration, and only where the peer can', () => {
    const size = (a: object, b: object, compress?: boolean): number => {
      const pair = new DeliveryPair({ a, b }).connect().run()
      pair.a.writes.length = 0
      pair.a.delivery.send('x', new Uint8Array(5000), { ...NORMAL, compress }, pair.time)
      pair.run()
      expect(pair.b.messages[0]?.body).toHaveLength(5000)
      return written(pair)
    }
    const can = { compressor: deflate }
    expect(size(can, can)).toBeGreaterThan(5000)
    expect(size(can, can, true)).toBeLessThan(100)
    expect(size(both.a, can, false)).toBeGreaterThan(5000)
    expect(size(both.a, {})).toBeGreaterThan(5000)
    expect(size({ config: { compress: true } }, can)).toBeGreaterThan(5000)
    expect(size(both.a, { compressor: { ...deflate, name: 'other' } })).toBeGreaterThan(5000)
  })

  it('[C12] refuses a bomb at the message limit without unpacking more', () => {
    const asked: number[] = []
    const counting: Compressor = {
      ...deflate,
      decompress: (input, maxBytes) => {
        asked.push(maxBytes)
        return deflate.decompress(input, maxBytes)
      },
    }
    const pair = new DeliveryPair({ a: { compressor: deflate }, b: { compressor: counting } }).connect().run()
    const bomb = deflate.compress(new Uint8Array(1024 * 1024 + 1))
    const payload = [0x10 | 1 | 4, 1, 1, 0x78, ...bomb]
    const start = [0x08, 0x01, 0, 0, 0, 0, 0, 9, 0]
    const frame = new Uint8Array([...start, 0x40 | (payload.length >> 8), payload.length & 255, ...payload])
    pair.b.delivery.receive(2, frame, 0, frame.length, pair.time)
    expect(asked).toEqual([1024 * 1024])
    expect(pair.b.violations).toEqual(['compressed message corrupt or too large'])
    expect(pair.b.messages).toEqual([])
  })
})
