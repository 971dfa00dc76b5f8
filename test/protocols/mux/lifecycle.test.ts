import { beforeEach, describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../../src/core/errors.js'
import { MuxPair, pattern } from '../../support/mux-pair.js'

describe('mux streams', () => {
  let pair = new MuxPair()
  beforeEach(() => {
    pair = new MuxPair()
  })

  it('opens even ids from 8 on one side, odd ones from 9 on the other, and tells name and priority', () => {
    expect([pair.a.mux.open('eins', 0), pair.a.mux.open('', 3), pair.b.mux.open('zwei ü', 2)]).toEqual([8, 10, 9])
    pair.settle()
    expect(pair.b.events).toEqual(['stream 8 eins 0', 'stream 10  3'])
    expect(pair.a.events).toEqual(['stream 9 zwei ü 2'])
  })

  it('half-closes: one side ends, the other goes on', () => {
    const id = pair.a.mux.open('x', 0)
    pair.a.send(id, pattern(10), true)
    pair.settle()
    expect(pair.b.events).toEqual([`stream ${id} x 0`, `end ${id}`])
    expect(pair.a.mux.write(id, pattern(1), 0, 1)).toBe(0)
    pair.b.send(id, pattern(20), true)
    pair.settle()
    expect(pair.a.got(id, pattern(20))).toBe(true)
    expect(pair.a.events).toEqual([`end ${id}`, `closed ${id}`])
    expect(pair.b.events.at(-1)).toBe(`closed ${id}`)
    expect(pair.a.mux.stats.streams + pair.b.mux.stats.streams).toBe(0)
  })

  it('is not over before its owner took every byte', () => {
    pair.b.autoConsume = false
    const id = pair.a.mux.open('x', 0)
    pair.a.send(id, pattern(10), true)
    pair.b.mux.end(id)
    pair.settle()
    pair.b.mux.end(id)
    pair.settle()
    expect(pair.b.mux.stats).toMatchObject({ streams: 1, unconsumedBytes: 10 })
    pair.b.mux.consume(id, 9)
    expect(pair.b.events).not.toContain(`closed ${id}`)
    pair.b.mux.consume(id, 1)
    expect(pair.b.events).toContain(`closed ${id}`)
  })

  it('resets with a code, once, and keeps the other half', () => {
    const id = pair.a.mux.open('x', 0)
    pair.a.mux.reset(id, 77)
    pair.a.mux.reset(id, 78)
    pair.a.mux.end(id)
    pair.settle()
    expect(pair.b.events).toEqual([`stream ${id} x 0`, `reset ${id} 77`])
    pair.b.send(id, pattern(5), true)
    pair.settle()
    expect(pair.a.got(id, pattern(5))).toBe(true)
    expect(pair.a.events).toEqual([`end ${id}`, `closed ${id}`])
  })

  it('stop is answered by a reset with the same code and drops what still arrives', () => {
    const id = pair.a.mux.open('x', 0)
    pair.settle()
    pair.b.mux.stop(id, 5)
    pair.a.send(id, pattern(100))
    pair.settle()
    expect(pair.a.events).toEqual([`stop ${id} 5`])
    expect(pair.b.received.get(id)).toBeUndefined()
    pair.b.mux.end(id)
    pair.settle()
    expect(pair.b.events).toEqual([`stream ${id} x 0`, `closed ${id}`])
    expect(pair.b.mux.stats.unconsumedBytes).toBe(0)
  })

  it('lets the owner answer a stop with a code of its own', () => {
    const id = pair.b.mux.open('x', 0)
    pair.settle()
    pair.b.onStop = stopped => pair.b.mux.reset(stopped, 1234)
    pair.a.mux.stop(id, 5)
    pair.a.mux.end(id)
    pair.settle()
    expect(pair.a.events.at(-1)).toBe(`closed ${id}`)
    pair.b.onReset = () => undefined
    const second = pair.a.mux.open('y', 0)
    pair.settle()
    pair.a.onStop = stopped => pair.a.mux.reset(stopped, 1234)
    pair.b.mux.reset(second, 6)
    pair.settle()
    expect(pair.a.events).toContain(`reset ${second} 6`)
  })

  it('a stop after the end changes nothing', () => {
    const id = pair.a.mux.open('x', 0)
    pair.a.send(id, pattern(3), true)
    pair.b.autoConsume = false
    pair.deliver(pair.b)
    pair.b.mux.stop(id, 5)
    pair.settle()
    expect(pair.a.events).toEqual([])
    expect(pair.b.events).toEqual([`stream ${id} x 0`, `end ${id}`])
  })

  it('leaves lanes open whatever is asked', () => {
    pair.a.mux.end(0)
    pair.a.mux.reset(0, 1)
    pair.a.mux.stop(0, 1)
    pair.a.send(0, pattern(10))
    pair.settle()
    expect(pair.b.got(0, pattern(10))).toBe(true)
    expect(pair.b.events).toEqual([])
  })

  it('notes control frames that find no room, and sends them in the order of ids', () => {
    pair = new MuxPair({ records: { bodyBytes: 16_500, maxWaitingBytes: 1 } })
    pair.a.send(0, pattern(20_000))
    const ids = [0, 1, 2].map(i => pair.a.mux.open(`s${i}`, i))
    pair.a.mux.reset(ids[1], 4)
    pair.a.mux.end(ids[0])
    pair.a.mux.stop(ids[2], 8)
    pair.a.mux.ping(1)
    pair.a.mux.ping(2)
    expect(pair.b.events).toEqual([])
    pair.settle()
    expect(pair.b.events).toEqual([
      'stream 8 s0 0',
      'end 8',
      'stream 10 s1 1',
      'reset 10 4',
      'stream 12 s2 2',
      'stop 12 8',
    ])
    expect(pair.a.events).toEqual(['pong 2'])
    expect(pair.b.got(0, pattern(20_000))).toBe(true)
  })

  it('loses no control frame when there is room for one at a time', () => {
    pair = new MuxPair({ limits: { maxStreamBytes: 100, maxDataBytes: 100, maxStreams: 2 } })
    const { a, b } = pair
    a.autoConsume = false
    const done = b.mux.open('done', 0)
    const live = b.mux.open('live', 0)
    b.send(done, pattern(60), true)
    b.send(live, pattern(40))
    pair.settle()
    let frames = 0
    const reserve = a.records.reserve.bind(a.records)
    const commit = a.records.commit.bind(a.records)
    a.records.reserve = (min, max) => (frames > 0 ? reserve(min, max) : 0)
    a.records.commit = bytes => {
      frames--
      commit(bytes)
    }
    b.mux.ping(5)
    pair.deliver(a)
    a.mux.ping(6)
    a.mux.end(done)
    a.mux.consume(done, 60)
    a.mux.consume(live, 40)
    const own = a.mux.open('own', 0)
    a.mux.stop(own, 3)
    a.mux.reset(own, 4)
    a.mux.stop(live, 9)
    a.mux.end(live)
    const kinds: number[] = []
    for (let i = 0; i < 20; i++) {
      frames = 1
      a.mux.resume()
      const record = a.records.take()
      if (record === undefined) continue
      kinds.push(record[0])
      b.mux.receive(record, 0, record.length)
    }
    // PONG, MAX_DATA, PING; FIN of `done` and the place it frees; OPEN, STOP, RESET of `own`; STOP, FIN of `live`.
    expect(kinds).toEqual([2, 4, 1, 0x11, 5, 0x12, 8, 7, 8, 0x11])
    expect(b.violation).toBeUndefined()
    expect(b.events).toContain('pong 5')
    expect(b.events).toContain(`closed ${done}`)
    expect(b.events).toContain(`stop ${live} 9`)
    expect(b.events.filter(event => event.includes(`${own}`))).toEqual([
      `stream ${own} own 0`,
      `stop ${own} 3`,
      `reset ${own} 4`,
      `closed ${own}`,
    ])
  })

  it('answers a ping with the same eight bytes', () => {
    pair.a.mux.ping(Number.MAX_SAFE_INTEGER)
    pair.settle()
    expect(pair.a.events).toEqual([`pong ${Number.MAX_SAFE_INTEGER}`])
  })

  it('sends a datagram whole or not at all', () => {
    expect(pair.a.mux.datagram(pattern(20), 5, 15)).toBe(true)
    expect(pair.a.mux.datagram(pattern(8193), 0, 8193)).toBe(false)
    pair.settle()
    expect(pair.b.datagrams).toEqual([pattern(20).slice(5, 15)])
    pair = new MuxPair({ records: { bodyBytes: 16_500, maxWaitingBytes: 1 } })
    pair.a.send(0, pattern(20_000))
    expect(pair.a.mux.datagram(pattern(20), 0, 20)).toBe(false)
  })

  it('refuses arguments of its owner that cannot be written', () => {
    const refused = (call: () => void): boolean => {
      try {
        call()
      } catch (error) {
        return isHyphaeError(error, 'INVALID_ARGUMENT')
      }
      return false
    }
    expect(pair.a.mux.open('n'.repeat(255), 0)).toBe(8)
    expect(refused(() => pair.a.mux.open('n'.repeat(256), 0))).toBe(true)
    expect(refused(() => pair.a.mux.open('ü'.repeat(128), 0))).toBe(true)
    for (const priority of [-1, 4, 1.5, NaN]) {
      expect(refused(() => pair.a.mux.open('', priority))).toBe(true)
      expect(refused(() => pair.a.mux.priority(8, priority))).toBe(true)
    }
    for (const code of [-1, 2 ** 53, 0.5, NaN]) {
      expect(refused(() => pair.a.mux.reset(8, code))).toBe(true)
      expect(refused(() => pair.a.mux.stop(8, code))).toBe(true)
    }
  })

  it('does nothing any more after close', () => {
    const id = pair.a.mux.open('x', 0)
    pair.settle()
    const mark = pair.a.records.mark
    pair.a.mux.close()
    pair.a.mux.end(id)
    pair.a.mux.stop(id, 1)
    pair.a.mux.ping(1)
    pair.a.mux.resume()
    expect(pair.a.mux.open('y', 0)).toBe(-1)
    expect(pair.a.mux.write(0, pattern(1), 0, 1)).toBe(0)
    expect(pair.a.mux.datagram(pattern(1), 0, 1)).toBe(false)
    pair.b.send(id, pattern(5))
    pair.settle()
    expect(pair.a.records.mark).toBe(mark)
    expect(pair.a.events).toEqual([])
    expect(pair.a.mux.stats).toMatchObject({ streams: 0, waiting: 0, unconsumedBytes: 0 })
  })

  it('may be closed from inside any call of its sink', () => {
    for (const event of ['onStream', 'onData', 'onEnd', 'onReset', 'onStop'] as const) {
      pair = new MuxPair()
      pair.b[event] = () => pair.b.mux.close()
      const first = pair.a.mux.open('x', 0)
      const second = pair.a.mux.open('y', 0)
      pair.a.mux.write(first, pattern(10), 0, 10)
      pair.a.mux.end(first)
      pair.a.mux.reset(second, 1)
      pair.a.mux.stop(first, 1)
      pair.settle()
      expect(pair.b.mux.open('z', 0)).toBe(-1)
      expect(pair.b.violation).toBeUndefined()
    }
  })
})
