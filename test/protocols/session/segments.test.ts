import { describe, expect, it } from 'vitest'
import { writeU16 } from '../../../src/core/bytes.js'
import {
  LARGE_SEGMENT_BYTES,
  SegmentPool,
  SendLog,
  SMALL_SEGMENT_BYTES,
} from '../../../src/protocols/session/segments.js'

/** Puts a record with a body of its own number into the log. */
function record(log: SendLog, counter: number, bytes: number): Uint8Array {
  const segment = log.tail(bytes, counter)
  const at = segment.sealed
  segment.buffer.fill(counter + 1, at, at + bytes)
  writeU16(segment.buffer, at + 1, bytes - 3)
  log.sealed(segment, at + bytes)
  return segment.buffer
}

function collect(log: SendLog, most = Number.POSITIVE_INFINITY): number[] {
  const sizes: number[] = []
  log.flush((_, from, to) => {
    sizes.push(to - from)
    return sizes.length < most
  })
  return sizes
}

describe('SendLog', () => {
  it('forgets only what was written to the present carrier, and the rest once it was', () => {
    const log = new SendLog(new SegmentPool())
    for (let counter = 0; counter < 4; counter++) record(log, counter, 60_000)
    expect(collect(log)).toEqual([120_000, 120_000])
    log.rewind(0)
    expect(collect(log, 1)).toEqual([120_000])
    // The peer got everything on the old carrier and says so, but counts on getting it again.
    log.acknowledge(4, undefined)
    expect(log.unackedBytes).toBe(120_000)
    expect(collect(log)).toEqual([120_000])
    log.settle(undefined)
    expect([log.unackedBytes, log.unsentBytes]).toEqual([0, 0])
  })

  it('never hands a buffer that a carrier may still read to another session', () => {
    const pool = new SegmentPool()
    const log = new SendLog(pool)
    const used = [record(log, 0, 100), record(log, 1, 60_000)]
    collect(log)
    // The peer acknowledges what it has not even read: both buffers may wait in the carrier.
    log.acknowledge(2, undefined)
    const others = [pool.take(SMALL_SEGMENT_BYTES), pool.take(LARGE_SEGMENT_BYTES), pool.take(LARGE_SEGMENT_BYTES)]
    for (const buffer of others) expect(used).not.toContain(buffer)
    expect(record(log, 2, 60_000), 'the session itself uses it again').toBe(used[1])
  })

  it('gives spare buffers up when it is idle, and those of a former carrier at once', () => {
    const log = new SendLog(new SegmentPool())
    const first = record(log, 0, 100)
    collect(log)
    log.acknowledge(1, undefined)
    log.trim()
    expect(record(log, 1, 100)).toBe(first)
    collect(log)
    log.rewind(1)
    collect(log)
    log.acknowledge(2, undefined)
    const second = record(log, 2, 100)
    expect(second).not.toBe(first)
    collect(log)
    log.acknowledge(3, undefined)
    log.trim()
    log.trim()
    expect(record(log, 3, 100)).not.toBe(second)
  })

  it('gives large buffers up while small ones are in use, as pings are', () => {
    const pool = new SegmentPool()
    const log = new SendLog(pool)
    let counter = 0
    const send = (bytes: number): Uint8Array => {
      const buffer = record(log, counter++, bytes)
      collect(log)
      log.acknowledge(counter, undefined)
      return buffer
    }
    const large = send(60_000)
    log.trim()
    const small = send(100)
    log.trim()
    expect(send(100), 'the small one is still there').toBe(small)
    expect(send(60_000), 'the large one is not').not.toBe(large)
  })

  it('takes acknowledgements that come in while it writes', () => {
    const log = new SendLog(new SegmentPool())
    for (let counter = 0; counter < 6; counter++) record(log, counter, 60_000)
    const written: number[] = []
    log.flush((buffer, from, to) => {
      for (let at = from; at < to; at += 60_000) written.push(buffer[at] - 1)
      log.acknowledge(written.length, undefined)
      return true
    })
    expect(written).toEqual([0, 1, 2, 3, 4, 5])
    expect([log.unackedBytes, log.unsentBytes]).toEqual([0, 0])
  })

  it('keeps at most what the pool is allowed to', () => {
    const pool = new SegmentPool(4 * LARGE_SEGMENT_BYTES)
    const buffers = [1, 2, 3].map(() => pool.take(LARGE_SEGMENT_BYTES))
    for (const buffer of buffers) pool.release(buffer)
    const again = [1, 2, 3].map(() => pool.take(LARGE_SEGMENT_BYTES))
    expect(again.filter(buffer => buffers.includes(buffer))).toHaveLength(2)
  })
})
