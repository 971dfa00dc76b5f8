import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  dice,
  type Dice,
  DeliveryPair,
  type Handed,
  numbered,
  numberOf,
  type Side,
} from '../../support/delivery-pair.js'
import type { Priority, Qos } from '../../../src/protocols/delivery/index.js'

const RUNS = { seed: 0x5eed, numRuns: 60 }

interface Sent {
  readonly token: number
  readonly n: number
  readonly qos: Qos
  readonly priority: Priority
}

/** Both sides chatter over a pair that is cut and joined at random bytes; then everything is let through. */
function chatter(seed: number, options: { cuts: number; steps: number; windowBytes: number; piece: number }) {
  const roll = dice(seed)
  const pair = new DeliveryPair({ windowBytes: options.windowBytes })
  const sent = { a: [] as Sent[], b: [] as Sent[] }
  let n = 0
  for (const side of [pair.a, pair.b]) {
    side.handler = message => {
      if (roll(2) === 0) side.delivery.handled(message.token, pair.time)
      else side.atWork.push(message.token)
    }
  }
  for (let i = 0; i < options.steps; i++) {
    const side = roll(2) === 0 ? pair.a : pair.b
    const what = roll(100)
    if (what < options.cuts) {
      if (pair.connected) pair.cut()
      else pair.connect()
    } else if (what < 30) sent[side.name].push(sendOne(pair, side, n++, roll))
    else if (what < 45) side.endHandler(0)
    else if (pair.connected) pair.step(roll, options.piece)
  }
  settle(pair, roll, options.piece)
  return { pair, sent }
}

function sendOne(pair: DeliveryPair, side: Side, n: number, roll: Dice): Sent {
  const qos = roll(3) as Qos
  const priority = roll(4) as Priority
  const body = numbered(n, roll(10) === 0 ? roll(2000) : roll(60))
  return { token: side.delivery.send(`name${roll(5)}`, body, { qos, priority }, pair.time), n, qos, priority }
}

/** Joins the pair, ends all handlers, delivers all bytes, until nothing moves. */
function settle(pair: DeliveryPair, roll: Dice, piece: number): void {
  if (!pair.connected) pair.connect()
  for (const side of [pair.a, pair.b]) {
    side.handler = message => side.delivery.handled(message.token, pair.time)
    while (side.atWork.length > 0) side.endHandler(0)
  }
  pair.run(roll, piece)
  pair.pass(100)
}

function ofLane(messages: readonly Handed[], priority: Priority): number[] {
  return messages.filter(message => message.priority === priority).map(message => numberOf(message.body))
}

const plan = fc.record({
  seed: fc.nat(),
  cuts: fc.constantFrom(0, 2, 5, 10),
  steps: fc.constant(400),
  windowBytes: fc.constantFrom(50, 700, 20_000),
  piece: fc.constantFrom(1, 13, 4000),
})

describe('any schedule of sends, bytes, handlers and lost sessions', () => {
  it('[C31] hands each reliable message to exactly one handler run, each qos-0 message to at most one', () => {
    fc.assert(
      fc.property(plan, options => {
        const { pair, sent } = chatter(options.seed, options)
        for (const [from, to] of [[sent.a, pair.b] as const, [sent.b, pair.a] as const]) {
          const runs = new Map<number, number>()
          for (const message of to.messages) {
            const n = numberOf(message.body)
            runs.set(n, (runs.get(n) ?? 0) + 1)
          }
          for (const { n, qos } of from) {
            if (qos > 0) expect(runs.get(n)).toBe(1)
            else expect(runs.get(n) ?? 0).toBeLessThanOrEqual(1)
          }
        }
        expect([...pair.a.violations, ...pair.b.violations]).toEqual([])
      }),
      RUNS,
    )
  })

  it('[C32] [C42] keeps the order of a sender on each lane, however lanes and pieces are reordered between them', () => {
    fc.assert(
      fc.property(plan, options => {
        const { pair, sent } = chatter(options.seed, options)
        for (const [from, to] of [[sent.a, pair.b] as const, [sent.b, pair.a] as const]) {
          for (const priority of [0, 1, 2, 3] as const) {
            const got = ofLane(to.messages, priority)
            expect(got).toEqual([...got].sort((x, y) => x - y))
            const due = from.filter(message => message.priority === priority && message.qos > 0).map(({ n }) => n)
            expect(got.filter(n => due.includes(n))).toEqual(due)
          }
        }
      }),
      RUNS,
    )
  })

  it('[C29] every status path is a prefix of the right one, final exactly once, and acknowledged means handled', () => {
    fc.assert(
      fc.property(plan, options => {
        const { pair, sent } = chatter(options.seed, options)
        for (const [side, list, to] of [[pair.a, sent.a, pair.b] as const, [pair.b, sent.b, pair.a] as const]) {
          const handled = new Set(to.messages.map(message => numberOf(message.body)))
          for (const { token, qos, n } of list) {
            expect(side.path(token)).toBe(qos === 0 ? 'queued sent' : 'queued sent acknowledged')
            if (qos > 0) expect(handled.has(n)).toBe(true)
          }
          expect(side.delivery.stats).toMatchObject({ queuedMessages: 0, queuedBytes: 0 })
        }
      }),
      RUNS,
    )
  })

  it('never acknowledges a qos-2 message before its handler ended', () => {
    fc.assert(
      fc.property(fc.nat(), seed => {
        const roll = dice(seed)
        const pair = new DeliveryPair({ windowBytes: 300 })
        const ended = new Set<number>()
        const open: [token: number, n: number][] = []
        pair.b.handler = message => open.push([message.token, numberOf(message.body)])
        const numbers = new Map<number, number>()
        const observe = pair.a.onStatus.bind(pair.a)
        pair.a.onStatus = (token, status, code, text) => {
          if (status === 'acknowledged') expect(ended.has(numbers.get(token) as number)).toBe(true)
          observe(token, status, code, text)
        }
        for (let i = 0; i < 300; i++) {
          const what = roll(20)
          if (what === 0) pair.connected ? pair.cut() : pair.connect()
          else if (what < 4) {
            numbers.set(pair.a.delivery.nextToken(1), i)
            pair.a.delivery.send('x', numbered(i, roll(90)), { qos: 2, priority: 1 }, pair.time)
          } else if (what < 6) {
            const [work] = open.splice(0, 1)
            if (work === undefined) continue
            ended.add(work[1])
            pair.b.delivery.handled(work[0], pair.time)
          } else if (pair.connected) pair.step(roll, 20)
        }
      }),
      RUNS,
    )
  })

  it('[D18] reassembles any split of the bytes into the same messages', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 400 }),
        fc.array(fc.nat(200_000), { maxLength: 8 }),
        (seed, most, sizes) => {
          const pair = new DeliveryPair({ windowBytes: 1 << 20 }).connect()
          const bodies = [0, 1, 62, 63, 64, 300, ...sizes].map((size, i) => new Uint8Array(size).fill(i + 1))
          for (const [i, body] of bodies.entries()) {
            pair.a.delivery.send(`n${i % 3}`, body, { qos: 1, priority: 1 }, pair.time)
            pair.a.delivery.request(`n${i % 3}`, body, { priority: 2, timeoutMs: 1000 }, pair.time)
          }
          pair.run(dice(seed), most * (sizes.length === 0 ? 1 : 100))
          expect(pair.b.messages).toHaveLength(bodies.length)
          expect(pair.a.responses.size).toBe(bodies.length)
          bodies.forEach((body, i) => expect(Buffer.compare(body, pair.b.messages[i]?.body)).toBe(0))
          ;[...pair.a.responses.values()].forEach((body, i) =>
            expect(Buffer.compare(body, bodies[i] as Uint8Array)).toBe(0),
          )
        },
      ),
      { ...RUNS, numRuns: 40 },
    )
  })
})

describe('lost sessions', () => {
  it('[C30] [C41] all messages arrive where 30 % of the sessions die at a random byte', () => {
    const roll = dice(30)
    const pair = new DeliveryPair({ windowBytes: 5000 })
    const total = 3000
    const tokens: number[] = []
    let sessions = 0
    let lost = 0
    while (tokens.length < total || pair.a.delivery.stats.queuedMessages > 0) {
      pair.connect()
      sessions++
      for (let i = 0; i < 30 && tokens.length < total; i++) {
        const qos = (1 + roll(2)) as Qos
        tokens.push(pair.a.delivery.send('x', numbered(tokens.length, roll(300)), { qos, priority: 1 }, pair.time))
      }
      if (roll(10) < 3) {
        lost++
        for (let steps = roll(60); steps > 0 && pair.step(roll, 100); steps--);
      } else pair.run(roll)
      pair.cut()
    }
    expect(lost).toBeGreaterThan(sessions * 0.2)
    expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([...Array(total).keys()])
    expect(tokens.every(token => pair.a.path(token) === 'queued sent acknowledged')).toBe(true)
    expect(pair.a.delivery.stats.resent).toBeGreaterThan(100)
  })

  it('loses and doubles nothing where the session dies at every single byte of an exchange', () => {
    for (let cutAt = 0; ; cutAt++) {
      const pair = new DeliveryPair().connect()
      const tokens = ([2, 1, 2] as const).map((qos, i) =>
        pair.a.delivery.send('x', numbered(i, 20), { qos, priority: 0 }, pair.time),
      )
      let bytes = 0
      while (bytes < cutAt && pair.step(() => 0, 1)) bytes++
      const done = bytes < cutAt
      pair.cut()
      pair.connect().run()
      expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([0, 1, 2])
      expect(tokens.map(token => pair.a.path(token))).toEqual(Array(3).fill('queued sent acknowledged'))
      if (done) return
    }
  })

  it('[C31] a duplicate storm runs the handler once', () => {
    fc.assert(
      fc.property(fc.nat(), seed => {
        const roll = dice(seed)
        const pair = new DeliveryPair()
        // The acknowledgements never come through: every session repeats everything.
        pair.b.handler = message => pair.b.atWork.push(message.token)
        for (let i = 0; i < 40; i++) pair.a.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
        for (let storm = 0; storm < 30; storm++) {
          pair.connect()
          const forward = (): boolean => pair.a.pipes.some(pipe => pipe.waiting.length > 0)
          for (let steps = 0; forward() && steps < 500; steps++) pair.step(roll, 50)
          if (roll(2) === 0) pair.b.endHandler(0)
          pair.cut()
        }
        settle(pair, roll, 1000)
        expect(pair.b.messages.map(message => numberOf(message.body))).toEqual([...Array(40).keys()])
      }),
      { ...RUNS, numRuns: 40 },
    )
  })

  it('resends only what the peer does not have, because its hello says so', () => {
    const pair = new DeliveryPair().connect().run()
    for (let i = 0; i < 100; i++) pair.a.delivery.send('x', numbered(i, 500), { qos: 2, priority: 1 }, pair.time)
    // Everything is handled, no acknowledgement arrives.
    while ((pair.a.pipes[1]?.waiting.length ?? 0) > 0) {
      const piece = pair.a.pipes[1]?.waiting.shift() as Uint8Array
      pair.b.delivery.receive(1, piece, 0, piece.length, pair.time)
    }
    expect(pair.a.delivery.stats.acknowledged).toBe(0)
    pair.cut()
    pair.connect().run()
    expect(pair.a.delivery.stats).toMatchObject({ acknowledged: 100, resent: 0 })
    expect(pair.b.delivery.stats.duplicates).toBe(0)
  })
})
