import { describe, expect, it } from 'vitest'
import { dice, DeliveryPair, numbered, numberOf } from '../../support/delivery-pair.js'

const CALL = { priority: 1, timeoutMs: 1000 } as const

describe('requests', () => {
  it('[D21] correlates answers that come in any order, on any priority', () => {
    const pair = new DeliveryPair({ windowBytes: 2000 }).connect()
    pair.b.answerer = () => undefined
    const tokens = [...Array(200).keys()].map(i =>
      pair.a.delivery.request(`m${i % 7}`, numbered(i, i), { priority: (i % 4) as 0, timeoutMs: 1000 }, pair.time),
    )
    pair.run(dice(5), 100)
    expect(pair.b.requests).toHaveLength(200)
    const roll = dice(6)
    const open = [...pair.b.requests]
    while (open.length > 0) {
      const [request] = open.splice(roll(open.length), 1)
      const n = numberOf(request?.body)
      if (n % 3 === 0) pair.b.delivery.refuse(request?.token, 'NO_HANDLER', `none for ${n}`, pair.time)
      else pair.b.delivery.respond(request?.token, numbered(n + 1000), pair.time)
    }
    pair.run(dice(7), 100)
    tokens.forEach((token, n) => {
      if (n % 3 === 0) expect(pair.a.failures.get(token)).toEqual(['NO_HANDLER', `none for ${n}`])
      else expect(numberOf(pair.a.responses.get(token) as Uint8Array)).toBe(n + 1000)
    })
    expect(pair.a.delivery.stats).toMatchObject({ queuedMessages: 0, queuedBytes: 0, answered: 200 })
    expect(pair.b.delivery.stats).toMatchObject({ requestsNow: 0, requestBytesNow: 0, requests: 200 })
  })

  it('[D21] fails with TIMEOUT exactly at its deadline, tells the peer, and ignores the late answer', () => {
    const pair = new DeliveryPair().connect().run()
    pair.b.answerer = () => undefined
    const token = pair.a.delivery.request('slow', numbered(1), { priority: 1, timeoutMs: 250 }, pair.time)
    pair.run()
    expect(pair.b.requests[0]?.timeoutMs).toBe(250)
    pair.pass(249)
    expect(pair.a.failures.size).toBe(0)
    pair.pass(1)
    expect(pair.a.failures.get(token)?.[0]).toBe('TIMEOUT')
    pair.run()
    const there = pair.b.requests[0]?.token
    expect(pair.b.cancelled).toEqual([there])
    pair.b.delivery.respond(there, numbered(2), pair.time)
    pair.run()
    expect(pair.a.responses.size).toBe(0)
    expect(pair.a.violations).toEqual([])
  })

  it('ignores an answer that crosses the cancellation on its way', () => {
    const pair = new DeliveryPair().connect().run()
    const token = pair.a.delivery.request('x', numbered(1), CALL, pair.time)
    const piece = pair.a.pipes[5]?.waiting.shift() as Uint8Array
    pair.b.delivery.receive(5, piece, 0, piece.length, pair.time)
    pair.a.delivery.cancel(token, pair.time)
    pair.a.delivery.cancel(token, pair.time)
    pair.run()
    expect(pair.a.failures.get(token)?.[0]).toBe('ABORTED')
    expect(pair.a.responses.size).toBe(0)
    expect(pair.a.violations.concat(pair.b.violations)).toEqual([])
  })

  it('keeps a request for the next session while unwritten, fails it with SESSION_LOST once written', () => {
    const pair = new DeliveryPair({ windowBytes: 300 })
    const early = pair.a.delivery.request('x', numbered(1, 50), CALL, pair.time)
    pair.connect()
    pair.a.pipes.forEach(pipe => (pipe.waiting = []))
    const half = pair.a.delivery.request('x', numbered(2, 400), CALL, pair.time)
    const waiting = pair.a.delivery.request('x', numbered(3, 50), CALL, pair.time)
    pair.cut()
    expect(pair.a.failures.get(early)?.[0]).toBe('SESSION_LOST')
    expect(pair.a.failures.size).toBe(1)
    pair.connect().run()
    expect(pair.b.requests.map(request => numberOf(request.body))).toEqual([2, 3])
    expect([...pair.a.responses.keys()]).toEqual([half, waiting])
  })

  it('a request cancelled when half written is completed, cancelled, and not written again', () => {
    const pair = new DeliveryPair({ windowBytes: 300 }).connect().run()
    const first = pair.a.delivery.request('x', numbered(1, 900), CALL, pair.time)
    pair.a.delivery.cancel(first, pair.time)
    pair.b.answerer = () => undefined
    pair.run()
    expect(pair.b.cancelled).toEqual([pair.b.requests[0]?.token])
    const second = pair.a.delivery.request('x', numbered(2, 900), CALL, pair.time)
    pair.a.delivery.cancel(second, pair.time)
    pair.cut()
    pair.connect().run()
    expect(pair.b.requests).toHaveLength(1)
  })

  it('tells the handler of a lost session, and ignores its answer in the next one', () => {
    const pair = new DeliveryPair().connect().run()
    pair.b.answerer = () => undefined
    pair.a.delivery.request('x', numbered(1), CALL, pair.time)
    pair.run()
    const old = pair.b.requests[0]?.token
    pair.cut()
    expect(pair.b.cancelled).toEqual([old])
    pair.a.restart(0xa2)
    pair.connect()
    const token = pair.a.delivery.request('x', numbered(2), CALL, pair.time)
    pair.run()
    pair.b.delivery.respond(old, numbered(99), pair.time)
    pair.run()
    expect(pair.a.responses.size).toBe(0)
    pair.b.delivery.respond(pair.b.requests[1]?.token, numbered(3), pair.time)
    pair.run()
    expect(numberOf(pair.a.responses.get(token) as Uint8Array)).toBe(3)
  })

  it('answers RATE_LIMITED one past the requests at work, and serves again when one ends', () => {
    const pair = new DeliveryPair({ b: { config: { maxConcurrentRequests: 3 } } }).connect()
    pair.b.answerer = () => undefined
    const tokens = [1, 2, 3, 4].map(n => pair.a.delivery.request('x', numbered(n), CALL, pair.time))
    pair.run()
    expect(pair.b.requests).toHaveLength(3)
    expect(pair.a.failures.get(tokens[3])?.[0]).toBe('RATE_LIMITED')
    pair.b.delivery.respond(pair.b.requests[0]?.token, numbered(0), pair.time)
    pair.run()
    pair.a.delivery.request('x', numbered(5), CALL, pair.time)
    pair.run()
    expect(pair.b.requests).toHaveLength(4)
    expect(pair.b.delivery.stats.refused).toBe(1)
  })

  it('answers RATE_LIMITED one byte past the bytes of requests at work', () => {
    const pair = new DeliveryPair({ b: { config: { maxConcurrentRequestBytes: 1000 } } }).connect()
    pair.b.answerer = () => undefined
    pair.a.delivery.request('x', numbered(1, 500), CALL, pair.time)
    const over = pair.a.delivery.request('x', numbered(2, 501), CALL, pair.time)
    const fits = pair.a.delivery.request('x', numbered(3, 500), CALL, pair.time)
    pair.run()
    expect(pair.a.failures.get(over)?.[0]).toBe('RATE_LIMITED')
    expect(pair.b.requests.map(request => numberOf(request.body))).toEqual([1, 3])
    expect(pair.a.failures.has(fits)).toBe(false)
  })

  it('holds no more than 1,024 refusals for a peer that does not read them', () => {
    const pair = new DeliveryPair({ b: { config: { maxConcurrentRequests: 0 } } }).connect().run()
    pair.b.write = () => 0
    for (let i = 0; i < 1100; i++) pair.a.delivery.request('x', numbered(i), CALL, pair.time)
    pair.run()
    expect(pair.b.delivery.stats.refused).toBe(1100)
    Reflect.deleteProperty(pair.b, 'write')
    pair.b.delivery.writable(5, pair.time)
    pair.run()
    expect(pair.a.failures.size).toBe(1024)
  })

  it('frees a request whose handler never answers when its time, bounded by ours, is over', () => {
    const pair = new DeliveryPair({ b: { config: { maxRequestTimeoutMs: 500 } } }).connect().run()
    pair.b.answerer = () => undefined
    pair.a.delivery.request('x', numbered(1), { priority: 1, timeoutMs: 60_000 }, pair.time)
    pair.run()
    expect(pair.b.requests[0]?.timeoutMs).toBe(500)
    pair.pass(500)
    expect(pair.b.cancelled).toHaveLength(1)
    expect(pair.b.delivery.stats).toMatchObject({ requestsNow: 0, requestBytesNow: 0 })
  })

  it('drops an answer that could not be written in time', () => {
    const pair = new DeliveryPair({ windowBytes: 100 }).connect().run()
    pair.b.answerer = () => undefined
    pair.a.delivery.request('x', numbered(1), { priority: 1, timeoutMs: 100 }, pair.time)
    pair.a.delivery.request('x', numbered(2), { priority: 1, timeoutMs: 100 }, pair.time)
    pair.run()
    const write = pair.b.write.bind(pair.b)
    pair.b.write = () => 0
    for (const request of pair.b.requests) pair.b.delivery.respond(request.token, numbered(9), pair.time)
    pair.pass(100)
    pair.b.write = write
    pair.b.delivery.writable(5, pair.time)
    pair.run()
    expect(pair.a.responses.size).toBe(0)
    expect(pair.a.failures.size).toBe(2)
    expect(pair.b.cancelled).toEqual([])
  })

  it('gives back the places of many requests that timed out before a session came', () => {
    const pair = new DeliveryPair()
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 50; i++) pair.a.delivery.request('x', numbered(i), { priority: 1, timeoutMs: 10 }, pair.time)
      pair.pass(10)
    }
    expect(pair.a.delivery.stats).toMatchObject({ queuedMessages: 0, queuedBytes: 0, failed: 2500 })
    const token = pair.a.delivery.request('x', numbered(7), CALL, pair.time)
    pair.connect().run()
    expect(pair.b.requests).toHaveLength(1)
    expect(pair.a.responses.has(token)).toBe(true)
  })
})
