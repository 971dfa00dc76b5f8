import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/core/limits.js'
import { writeVarint } from '../../../src/wire/varint.js'
import { dice, DeliveryPair, numbered } from '../../support/delivery-pair.js'

const RUNS = { seed: 0x5eed, numRuns: 300 }

function varint(value: number): number[] {
  const out = new Uint8Array(8)
  return [...out.subarray(0, writeVarint(out, 0, value))]
}

function frame(...payload: number[]): number[] {
  return [...varint(payload.length), ...payload]
}

const EPOCH = [0, 0, 0, 0, 0, 9]
const START = frame(0x01, ...EPOCH, 0)
const HELLO = frame(0x40, 1, ...varint(4096), 0, 0)
const NAME = [1, 1, 0x78]

/** What a fresh machine says of these bytes on this lane; several frames may come before. */
function verdict(lane: number, ...bytes: number[]): string[] {
  const pair = new DeliveryPair()
  pair.b.delivery.connected(pair.time)
  pair.inject(pair.b, lane, new Uint8Array(bytes))
  return pair.b.violations
}

const text = (value: string): number[] => [value.length, ...Buffer.from(value)]

describe('a peer that breaks the protocol', () => {
  it.each<[what: string, lane: number, bytes: number[]]>([
    ['an empty frame', 1, [0]],
    ['a frame one byte past the largest', 1, varint(1024 * 1024 + LIMITS.maxFrameHeaderBytes + 1)],
    ['a length beyond 32 bits', 1, [0xff, 255, 255, 255, 255, 255, 255, 255]],
    ['an unknown kind on a message lane', 1, frame(0x13)],
    ['an unknown kind on a call lane', 5, frame(0x99)],
    ['a request on a message lane', 1, [...START, ...frame(0x20, 1, 1, ...NAME)]],
    ['a message on a call lane', 5, frame(0x10, ...NAME)],
    ['a control frame beside the control lane', 5, HELLO],
    ['a message before START', 1, frame(0x11, ...NAME, 7)],
    ['a second START', 1, [...START, ...START]],
    ['a START that is too short', 1, frame(0x01, 0, 0, 0, 0, 0)],
    ['a START without base', 1, frame(0x01, ...EPOCH)],
    ['a START that is too long', 1, frame(0x01, ...EPOCH, 0, 0)],
    ['a base past the highest number', 1, frame(0x01, ...EPOCH, ...varint(LIMITS.maxSequence + 1))],
    ['SKIP before START', 1, frame(0x02, 1)],
    ['SKIP past the highest number', 1, [...START, ...frame(0x02, ...varint(LIMITS.maxSequence + 1))]],
    ['a name that was never defined', 1, [...START, ...frame(0x11, 2)]],
    ['a long number that was never defined', 1, [...START, ...frame(0x11, 0x41, 0x00)]],
    ['a number of a name in four bytes', 1, [...START, ...frame(0x11, 0x80, 0, 0, 2)]],
    ['a name of no bytes', 1, [...START, ...frame(0x11, 0, 0)]],
    ['a name that ends early', 1, [...START, ...frame(0x11, 1, 5, 0x78)]],
    ['a name that is not UTF-8', 1, [...START, ...frame(0x11, 1, 1, 0xff)]],
    ['a compressed body without agreement', 1, [...START, ...frame(0x15, ...NAME, 1, 2, 3)]],
    ['a request without id', 5, frame(0x20)],
    ['a request with an id past the limit', 5, frame(0x20, ...varint(LIMITS.maxSequence + 1), 9, ...NAME)],
    ['two requests of one id', 5, [...frame(0x20, 1, 9, ...NAME), ...frame(0x20, 1, 9, 2)]],
    ['a response without id', 5, frame(0x28)],
    ['a cancel without id', 5, frame(0x31)],
    ['a failure without code', 5, frame(0x30, 1)],
    ['a failure whose text is not UTF-8', 5, frame(0x30, 1, ...text('TIMEOUT'), 0xff)],
    ['a failure with a text past the limit', 5, frame(0x30, 1, ...text('X'), ...Array<number>(513).fill(0x61))],
    ['an acknowledgement before HELLO', 4, frame(0x41, 0, 0)],
    ['a second HELLO', 4, [...HELLO, ...HELLO]],
    ['HELLO of another version', 4, frame(0x40, 2, ...varint(4096), 0, 0)],
    ['HELLO with a limit below the floor', 4, frame(0x40, 1, ...varint(1023), 0, 0)],
    ['HELLO with five lanes', 4, frame(0x40, 1, ...varint(4096), 0, 5)],
    ['HELLO with lane 4', 4, frame(0x40, 1, ...varint(4096), 0, 1, 4, ...EPOCH, 0)],
    ['HELLO that is too short', 4, frame(0x40, 1, ...varint(4096), 0, 1, 0, ...EPOCH)],
    ['HELLO that is too long', 4, frame(0x40, 1, ...varint(4096), 0, 0, 0)],
    [
      'HELLO that acknowledges what was never sent',
      4,
      frame(0x40, 1, ...varint(4096), 0, 1, 0, 0, 0, 0, 0, 0, 0xb1, 1),
    ],
    ['an acknowledgement of what was never sent', 4, [...HELLO, ...frame(0x41, 0, 1)]],
    ['an acknowledgement of lane 4', 4, [...HELLO, ...frame(0x41, 4, 0)]],
    ['an acknowledgement that is too short', 4, [...HELLO, ...frame(0x41, 0)]],
    ['a failure of what was never sent', 4, [...HELLO, ...frame(0x42, 0, 0, ...text('X'))]],
    ['a failure without a code', 4, [...HELLO, ...frame(0x42, 0, 0)]],
  ])('is stopped once: %s', (_what, lane, bytes) => {
    expect(verdict(lane, ...bytes, ...START, ...START)).toHaveLength(1)
  })

  it.each<[what: string, lane: number, bytes: number[]]>([
    ['the answer to a request of another time', 5, frame(0x28, 7, 1, 2, 3)],
    ['the failure of a request of another time', 5, frame(0x30, 7, ...text('X'), 0x61)],
    ['a cancel for a request that is gone', 5, frame(0x31, 7)],
    ['a confirmation of a failure nobody told', 4, [...HELLO, ...frame(0x43, 2, 9)]],
    ['an acknowledgement of nothing', 4, [...HELLO, ...frame(0x41, 2, 0)]],
  ])('is not suspected for %s', (_what, lane, bytes) => {
    expect(verdict(lane, ...bytes)).toEqual([])
  })

  it('refuses one name past the table, one body past the limit', () => {
    const names = [...Array(LIMITS.maxLaneNames).keys()].flatMap(i => frame(0x10, 1, 2, 0x61 + (i % 26), 0x61))
    expect(verdict(1, ...START, ...names)).toEqual([])
    expect(verdict(1, ...START, ...names, ...frame(0x10, ...NAME))).toEqual(['message name'])
    expect(verdict(1, ...START, ...names, ...frame(0x10, 0, 1, 0x78))).toEqual([])
    const pair = new DeliveryPair({ b: { config: { maxMessageBytes: 1024 } } })
    pair.b.delivery.connected(pair.time)
    const fits = new Uint8Array([...START, ...frame(0x10, ...NAME, ...Array<number>(1024).fill(0))])
    pair.inject(pair.b, 1, fits)
    expect(pair.b.violations).toEqual([])
    const large = new Uint8Array(frame(0x10, 2, ...Array<number>(1025).fill(0)))
    pair.inject(pair.b, 1, large)
    expect(pair.b.violations).toEqual(['message too large'])
  })

  it('may acknowledge or fail what was sent, and not one number more', () => {
    for (const kind of [0x41, 0x42]) {
      const code = kind === 0x42 ? text('X') : []
      for (const [number, violations] of [
        [kind === 0x42 ? 2 : 3, 0],
        [kind === 0x42 ? 3 : 4, 1],
      ] as const) {
        const pair = new DeliveryPair()
        pair.b.delivery.connected(pair.time)
        for (let i = 0; i < 3; i++) pair.b.delivery.send('x', numbered(i), { qos: 2, priority: 1 }, pair.time)
        pair.inject(pair.b, 4, new Uint8Array([...HELLO, ...frame(kind, 1, number, ...code)]))
        expect(pair.b.violations).toHaveLength(violations)
      }
    }
  })

  it('cannot answer a request that was not sent yet', () => {
    const pair = new DeliveryPair()
    pair.b.delivery.connected(pair.time)
    // Above the floor, so that it waits for the hello that never comes.
    const token = pair.b.delivery.request('x', numbered(1, 2000), { priority: 1, timeoutMs: 10 }, pair.time)
    pair.inject(pair.b, 5, new Uint8Array([...frame(0x28, 0, 1, 2, 3), ...frame(0x30, 0, ...text('X'))]))
    expect(pair.b.responses.size + pair.b.failures.size).toBe(0)
    pair.pass(10)
    expect(pair.b.failures.get(token)?.[0]).toBe('TIMEOUT')
  })

  it('a claimed length reserves little before its bytes come', () => {
    const pair = new DeliveryPair()
    pair.b.delivery.connected(pair.time)
    const before = process.memoryUsage().arrayBuffers
    const claim = new Uint8Array(varint(1024 * 1024))
    for (let lane = 0; lane < 8; lane++) {
      pair.inject(pair.b, lane, claim)
      pair.inject(pair.b, lane, new Uint8Array(1))
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 70_000)
  })

  it('hears nothing more in that session and works in the next', () => {
    const pair = new DeliveryPair().connect().run()
    pair.inject(pair.b, 1, new Uint8Array([0]))
    const token = pair.a.delivery.send('x', numbered(1), { qos: 2, priority: 1 }, pair.time)
    pair.run()
    expect(pair.b.messages).toEqual([])
    pair.cut()
    pair.connect().run()
    expect(pair.a.path(token)).toBe('queued sent acknowledged')
  })

  it('never makes a machine throw, whatever bytes it sends on whatever lanes', () => {
    const kinds = [0x01, 0x02, 0x10, 0x11, 0x12, 0x14, 0x16, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x31, 0x40, 0x41, 0x42, 0x43]
    const likely = fc
      .tuple(fc.constantFrom(...kinds), fc.array(fc.nat({ max: 255 }), { maxLength: 20 }))
      .map(([kind, rest]) => frame(kind, ...rest))
    const piece = fc.tuple(
      fc.nat({ max: 7 }),
      fc.oneof(
        likely,
        fc.constantFrom(START, HELLO, frame(0x12, ...NAME, 1)),
        fc.array(fc.nat({ max: 255 }), { maxLength: 40 }),
      ),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.nat(), (pieces, seed) => {
        const roll = dice(seed)
        const pair = new DeliveryPair()
        pair.b.handler = message => {
          if (roll(2) === 0) pair.b.delivery.notHandled(message.token, 'HANDLER_FAILED', 'no', pair.time)
        }
        pair.b.delivery.connected(pair.time)
        pair.b.delivery.send('x', numbered(1), { qos: 2, priority: 1 }, pair.time)
        pair.b.delivery.request('x', numbered(1), { priority: 1, timeoutMs: 10 }, pair.time)
        for (const [lane, bytes] of pieces) {
          pair.inject(pair.b, lane, new Uint8Array(bytes))
          if (pair.b.violations.length === 0 || roll(3) > 0) continue
          pair.b.delivery.disconnected(pair.time)
          pair.b.violations.length = 0
          pair.b.delivery.connected(pair.time)
        }
        pair.pass(20)
      }),
      RUNS,
    )
  })
})
