import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../../../src/core/text.js'
import { DEFAULT_MUX_LIMITS, muxLimitsProblem } from '../../../src/protocols/mux/config.js'
import { FrameWriter } from '../../../src/protocols/mux/frame-writer.js'
import { muxLimitsSize, readMuxLimits, writeMuxLimits } from '../../../src/protocols/mux/messages.js'
import { LIMITS } from '../../../src/core/limits.js'
import { VarintReader } from '../../../src/wire/varint.js'
import { MuxPair, pattern } from '../../support/mux-pair.js'
import { RecordPipe } from '../../support/records.js'

function record(pair: MuxPair): string {
  return toHex(pair.a.records.take() ?? new Uint8Array(0))
}

describe('mux frames', () => {
  it('packs open, data and end of a short stream into one frame', () => {
    const { a } = new MuxPair()
    const id = a.mux.open('echo', 1)
    a.mux.write(id, utf8('hel'), 0, 3)
    a.mux.write(id, utf8('lo'), 0, 2)
    a.mux.end(id)
    // kind OPEN|FIN, id 8, priority 1, name, length in two bytes, data
    expect(toHex(a.records.take() as Uint8Array)).toBe('13' + '08' + '01' + '04' + '6563686f' + '4005' + '68656c6c6f')
  })

  it('extends the last frame of a lane while nothing follows it', () => {
    const pair = new MuxPair()
    for (let i = 0; i < 3; i++) pair.a.mux.write(0, pattern(2, i), 0, 2)
    expect(record(pair)).toBe('10' + '00' + '4006' + '0007' + '0108' + '0209')
  })

  it('begins a new frame when another stream wrote in between', () => {
    const pair = new MuxPair()
    pair.a.mux.write(0, fromHex('aa'), 0, 1)
    pair.a.mux.write(1, fromHex('bb'), 0, 1)
    pair.a.mux.write(0, fromHex('cc'), 0, 1)
    expect(record(pair)).toBe('10004001aa' + '10014001bb' + '10004001cc')
  })

  it('begins a new frame when the record was sealed in between', () => {
    const pair = new MuxPair()
    pair.a.mux.write(0, fromHex('aa'), 0, 1)
    pair.a.records.seal()
    pair.a.mux.write(0, fromHex('bb'), 0, 1)
    expect(record(pair)).toBe('10004001aa')
    expect(record(pair)).toBe('10004001bb')
  })

  it('begins a new frame when somebody else committed to the record', () => {
    const pair = new MuxPair()
    const { records, mux } = pair.a
    mux.write(0, fromHex('aa'), 0, 1)
    records.reserve(9, 9)
    records.buffer.set(fromHex('010000000000000000'), records.at)
    records.commit(9)
    mux.write(0, fromHex('bb'), 0, 1)
    expect(record(pair)).toBe('10004001aa' + '010000000000000000' + '10004001bb')
  })

  it('never splits a frame over two records, nor a small write for a few bytes of room', () => {
    const pair = new MuxPair({ records: { bodyBytes: 600 } })
    for (let i = 0; i < 50; i++) pair.a.mux.write(2, pattern(100), 0, 100)
    const sizes: number[] = []
    for (let body = pair.a.records.take(); body !== undefined; body = pair.a.records.take()) {
      sizes.push(body.length)
      pair.b.mux.receive(body, 0, body.length)
    }
    expect(pair.b.receivedBytes).toBe(5000)
    expect(sizes.slice(0, -1)).toEqual(sizes.slice(0, -1).map(() => 504))
  })

  it('ends a stream by a flag on its last frame, or by an empty frame when that is sealed', () => {
    const pair = new MuxPair()
    const id = pair.a.mux.open('', 0)
    pair.a.records.seal()
    pair.a.mux.end(id)
    expect(record(pair)).toBe('12' + '08' + '00' + '00' + '4000')
    expect(record(pair)).toBe('11' + '08' + '00')
  })

  it('fills a record with one frame where there is enough, its length in four bytes', () => {
    const pair = new MuxPair({ records: { bodyBytes: 20_000 } })
    expect(pair.a.mux.write(0, pattern(16_384), 0, 16_384)).toBe(16_384)
    expect(record(pair).slice(0, 12)).toBe('1000' + '80004000')
    const writer = new FrameWriter(new RecordPipe({ bodyBytes: 20_000 }))
    expect(writer.data(0, pattern(40_000), 0, 40_000)).toBe(20_000 - 6)
  })

  it('extends a frame only as far as its length can tell', () => {
    const pair = new MuxPair({ records: { bodyBytes: 40_000 } })
    pair.a.mux.write(0, pattern(10_000), 0, 10_000)
    pair.a.mux.write(0, pattern(10_000), 0, 10_000)
    expect(record(pair).slice(0, 8)).toBe('1000' + '7fff')
    pair.a.mux.write(0, pattern(16_384), 0, 16_384)
    pair.a.mux.write(0, pattern(10_000), 0, 10_000)
    expect(record(pair).slice(0, 12)).toBe('1000' + '80006710')
  })

  it('writes control frames as documented', () => {
    const pair = new MuxPair()
    const id = pair.a.mux.open('x', 3)
    pair.settle()
    pair.a.mux.ping(0x0102030405060)
    pair.a.mux.stop(id, 5)
    pair.a.mux.reset(id, 70)
    pair.a.mux.datagram(fromHex('abcd'), 0, 2)
    expect(record(pair)).toBe('01' + '0000102030405060' + '080805' + '07084046' + '034002abcd')
  })

  it('carries limits through a handshake', () => {
    const out = new Uint8Array(muxLimitsSize(DEFAULT_MUX_LIMITS))
    expect(writeMuxLimits(out, 0, DEFAULT_MUX_LIMITS)).toBe(out.length)
    const reader = new VarintReader()
    reader.point(out, 0, out.length)
    expect(readMuxLimits(reader)).toEqual(DEFAULT_MUX_LIMITS)
    for (let cut = 0; cut < out.length; cut++) {
      reader.point(out, 0, cut)
      expect(readMuxLimits(reader)).toBeUndefined()
    }
  })

  it('names the limit that is out of range, one past each bound', () => {
    const problem = (change: object): string | undefined => muxLimitsProblem({ ...DEFAULT_MUX_LIMITS, ...change })
    expect(problem({})).toBeUndefined()
    expect(problem({ maxDataBytes: 1, maxStreamBytes: 1, maxStreams: 0, maxDatagramBytes: 0 })).toBeUndefined()
    expect(problem({ maxDataBytes: 0 })).toMatch(/^maxDataBytes/)
    expect(problem({ maxStreamBytes: 0 })).toMatch(/^maxStreamBytes/)
    expect(problem({ maxStreams: -1 })).toMatch(/^maxStreams/)
    expect(problem({ maxDatagramBytes: LIMITS.maxDatagramBytes })).toBeUndefined()
    expect(problem({ maxDatagramBytes: LIMITS.maxDatagramBytes + 1 })).toMatch(/^maxDatagramBytes/)
  })
})
