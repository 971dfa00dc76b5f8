import { describe, expect, it } from 'vitest'
import { DeliveryPair, numbered, numberOf } from '../../support/delivery-pair.js'

const TWICE = { qos: 2, priority: 1 } as const

describe('many at once', () => {
  it('sends a long backlog in order after the peer came back, through a small window', () => {
    const pair = new DeliveryPair({ windowBytes: 3000 })
    const total = 10_000
    for (let i = 0; i < total; i++) pair.a.delivery.send('x', numbered(i), TWICE, pair.time)
    expect(pair.a.delivery.stats.queuedMessages).toBe(total)
    pair.connect().run()
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([...Array(total).keys()])
    expect(pair.a.delivery.stats).toMatchObject({ acknowledged: total, queuedMessages: 0, queuedBytes: 0 })
  })

  it('looks at many lifetimes and timeouts in steps of 10 ms, and misses none', () => {
    const pair = new DeliveryPair()
    for (let i = 0; i < 3000; i++) {
      pair.a.delivery.send('x', numbered(i), { ...TWICE, lifetimeMs: 1 + i / 50 }, pair.time)
      pair.a.delivery.request('x', numbered(i), { priority: 1, timeoutMs: 1 + i / 50 }, pair.time)
    }
    const start = pair.time.monoMs
    let ticks = 0
    for (let next = pair.a.delivery.nextDeadline(); next !== undefined; next = pair.a.delivery.nextDeadline()) {
      pair.pass(next - pair.time.monoMs)
      ticks++
      // Nothing outlives its time by more than a step.
      for (const message of [pair.a.delivery.stats.failed]) {
        expect(message).toBeGreaterThanOrEqual(2 * Math.floor((pair.time.monoMs - start - 1 - 10) * 50))
      }
      if (ticks > 5000) throw new Error('deadlines never end')
    }
    expect(pair.a.delivery.stats).toMatchObject({ failed: 6000, queuedMessages: 0 })
    expect(pair.time.monoMs - start).toBeLessThanOrEqual(61)
  })

  it('a retry inside the failure of a request does not make abandon endless', () => {
    const pair = new DeliveryPair()
    const fail = pair.a.onFailure.bind(pair.a)
    pair.a.onFailure = (token, code, text) => {
      fail(token, code, text)
      pair.a.delivery.request('again', numbered(1), { priority: 1, timeoutMs: 100 }, pair.time)
    }
    pair.a.delivery.request('x', numbered(1), { priority: 1, timeoutMs: 100 }, pair.time)
    pair.a.delivery.abandon('PEER_UNREACHABLE', 'gone')
    expect(pair.a.failures.size).toBe(1)
    pair.pass(100)
    expect(pair.a.failures.size).toBe(2)
    expect(pair.a.delivery.stats.queuedMessages).toBe(1)
  })

  it('a retry inside the failure of a message does not make abandon endless', () => {
    const pair = new DeliveryPair()
    const heard = pair.a.onStatus.bind(pair.a)
    pair.a.onStatus = (token, status, code, text) => {
      heard(token, status, code, text)
      if (status === 'failed') pair.a.delivery.send('again', numbered(2), TWICE, pair.time)
    }
    pair.a.delivery.send('x', numbered(1), TWICE, pair.time)
    pair.a.delivery.abandon('PEER_UNREACHABLE', 'gone')
    pair.connect().run()
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([2])
  })

  it('clips the text of a failure to 512 bytes without cutting a character', () => {
    const pair = new DeliveryPair().connect()
    const texts = ['a'.repeat(600), '😀'.repeat(200), 'x' + '😀'.repeat(200), 'é'.repeat(256), 'ok']
    let at = 0
    pair.b.handler = message =>
      pair.b.delivery.notHandled(message.token, 'HANDLER_FAILED', texts[at++] ?? '', pair.time)
    const tokens = texts.map((_, i) => pair.a.delivery.send('x', numbered(i), TWICE, pair.time))
    pair.run()
    const got = tokens.map(token => pair.a.statuses.get(token)?.at(-1)?.[2] ?? '')
    expect(got).toEqual(['a'.repeat(512), '😀'.repeat(128), 'x' + '😀'.repeat(127), 'é'.repeat(256), 'ok'])
    pair.b.answerer = request => pair.b.delivery.refuse(request.token, 'NO_HANDLER', texts[1] ?? '', pair.time)
    const call = pair.a.delivery.request('x', numbered(1), { priority: 1, timeoutMs: 9 }, pair.time)
    pair.run()
    expect(pair.a.failures.get(call)).toEqual(['NO_HANDLER', '😀'.repeat(128)])
  })

  it('forgets a waiting batch with its session and sends it in the next', () => {
    const pair = new DeliveryPair({ a: { config: { batchDelayMs: 20 } } }).connect().run()
    pair.a.delivery.send('x', numbered(1), TWICE, pair.time)
    expect(pair.a.delivery.nextDeadline()).toBe(pair.time.monoMs + 20)
    pair.cut()
    expect(pair.a.delivery.nextDeadline()).toBeUndefined()
    pair.connect().run()
    expect(pair.b.messages).toHaveLength(1)
  })

  it('keeps bodies apart that share an array, and each is its receiver’s own', () => {
    const pair = new DeliveryPair().connect().run()
    for (let i = 0; i < 200; i++) pair.a.delivery.send('x', numbered(i, 50), TWICE, pair.time)
    const pipe = pair.a.pipes[1]
    if (pipe !== undefined) pipe.waiting = [new Uint8Array(Buffer.concat(pipe.waiting))]
    pair.b.handler = message => {
      expect(message.body).toHaveLength(50)
      pair.b.delivery.handled(message.token, pair.time)
    }
    pair.run()
    pair.b.messages[7]?.body.fill(255)
    for (const [i, message] of pair.b.messages.entries()) if (i !== 7) expect(message.body).toEqual(numbered(i, 50))
    const arrays = new Set(pair.b.messages.map(message => message.body.buffer))
    expect(arrays.size).toBeLessThan(10)
    expect(Math.max(...[...arrays].map(array => array.byteLength))).toBeLessThanOrEqual(4096)
  })
})
