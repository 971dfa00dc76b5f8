import { describe, expect, it } from 'vitest'
import { equalConstantTime } from '../../src/core/bytes.js'
import { SeededRandom } from '../../src/sim/index.js'
import { conditions, type LinkConditions } from '../../src/sim/net/conditions.js'
import { SILENCE_MS } from '../../src/sim/net/end.js'
import { wire, type Wire } from './support/wire.js'

const noise = (length: number, seed: string | number = 1): Uint8Array =>
  new SeededRandom(seed).fill(new Uint8Array(length))

/** Writes bytes in pieces of up to `most`, as fast as the connection takes them. */
function pour(end: Wire['near'], bytes: Uint8Array, most: number, seed = 1): void {
  const random = new SeededRandom(seed)
  for (let at = 0; at < bytes.length;) {
    const to = Math.min(bytes.length, at + 1 + random.int(most))
    end.write(bytes, at, to)
    at = to
  }
}

describe('ordered connections', () => {
  it('open after a round trip and carry bytes with latency and bandwidth', () => {
    const { world, near, farEar } = wire({ latencyMs: 30, bandwidth: 1000 })
    expect(world.nowMs).toBe(60)
    near.write(noise(100), 0, 100)
    near.write(noise(100), 0, 100)
    world.run(1000)
    expect(farEar.times).toEqual([60 + 100 + 30, 60 + 200 + 30])
  })

  it.each<Partial<LinkConditions>>([
    { jitterMs: 50 },
    { loss: 0.2 },
    { jitterMs: 20, loss: 0.05, fragment: 0.5, bandwidth: 1e6 },
  ])('stay reliable and in order under %o', link => {
    const { world, near, nearEar, farEar } = wire(link, 7)
    const bytes = noise(50_000)
    pour(near, bytes, 2000)
    world.run(600_000)
    expect(equalConstantTime(farEar.bytes, bytes)).toBe(true)
    expect(nearEar.events).toEqual(['open'])
  })

  it('tell the writer when they are full, and when there is room again', () => {
    const { world, near, nearEar, far, farEar } = wire()
    const bytes = noise(100_000)
    far().pause(true)
    expect([1, 2, 3].map(() => near.write(bytes, 0, bytes.length))).toEqual([true, true, false])
    world.run(1000)
    expect(farEar.chunks).toHaveLength(0)
    expect(nearEar.events).toEqual(['open'])
    far().pause(false)
    world.run(1000)
    expect(farEar.bytes).toHaveLength(300_000)
    expect(nearEar.events).toEqual(['open', 'drained'])
    expect(near.write(bytes, 0, 10)).toBe(true)
  })

  it('end in order after what was written, at both ends', () => {
    const { world, near, nearEar, farEar } = wire({ jitterMs: 30 })
    pour(near, noise(5000), 500)
    near.close(false)
    expect(near.write(noise(1), 0, 1)).toBe(false)
    world.run(1000)
    expect(farEar.bytes).toEqual(noise(5000))
    expect(farEar.events).toEqual(['closed orderly'])
    expect(nearEar.events).toEqual(['open', 'closed orderly'])
  })

  it('end at once when cut off, with a reason', () => {
    const { world, near, nearEar, farEar, a } = wire()
    near.close(true)
    world.run(1000)
    expect(farEar.events).toEqual(['closed the peer cut it'])
    expect(nearEar.events).toEqual(['open', 'closed cut off here'])
    expect(a.ends.size).toBe(0)
  })

  it('keep what came before an owner is there, and its end too', () => {
    const { world, near, far, farEar } = wire()
    far().owner = undefined
    near.write(noise(10), 0, 10)
    near.close(false)
    world.run(1000)
    expect(farEar.chunks).toHaveLength(0)
    far().bind(farEar)
    world.run(1)
    expect(farEar.bytes).toEqual(noise(10))
    expect(farEar.events).toEqual(['closed orderly'])
  })

  it('break at any byte when a fault cuts them: what arrived is a prefix', () => {
    const lengths = new Set<number>()
    for (let seed = 0; seed < 40; seed++) {
      const { world, near, nearEar, farEar } = wire({ cut: 1 }, seed)
      const bytes = noise(64)
      near.write(bytes, 0, 64)
      near.write(bytes, 0, 64)
      world.run(1000)
      expect(farEar.bytes).toEqual(bytes.subarray(0, farEar.bytes.length))
      expect(nearEar.events.at(-1)).toBe('closed the connection broke')
      expect(farEar.events).toEqual(['closed the connection broke'])
      lengths.add(farEar.bytes.length)
    }
    expect(lengths.size).toBeGreaterThan(15)
  })

  it('flip bits when told to, one a chunk, and count it', () => {
    const { world, near, farEar } = wire({ bitFlip: 1 })
    const bytes = noise(1000)
    near.write(bytes, 0, 1000)
    world.run(1000)
    const bits = farEar.bytes.reduce((sum, byte, i) => sum + popCount(byte ^ bytes[i]), 0)
    expect(bits).toBe(1)
    expect(world.network.faults).toEqual({ 'bit-flip': 1 })
  })
})

describe('partitions and crashes', () => {
  it('hold bytes back until the partition heals', () => {
    const { world, near, farEar, a, b } = wire()
    world.network.partition([[a], [b]])
    near.write(noise(10), 0, 10)
    world.run(5000)
    near.write(noise(20), 0, 20)
    world.run(1000)
    expect(farEar.chunks).toHaveLength(0)
    world.network.heal()
    near.write(noise(30), 0, 30)
    world.run(1000)
    expect(farEar.chunks.map(chunk => chunk.length)).toEqual([10, 20, 30])
  })

  it('break a connection that hears nothing for too long; the other side stays half-open until it writes', () => {
    const { world, near, far, nearEar, farEar, a, b } = wire()
    world.network.partition([[a]])
    near.write(noise(10), 0, 10)
    world.run(SILENCE_MS + 100)
    expect(nearEar.events.at(-1)).toBe('closed nothing was acknowledged for too long')
    expect(farEar.events).toEqual([])
    world.network.heal()
    world.run(60_000)
    expect(farEar.events).toEqual([])
    far().write(noise(1), 0, 1)
    world.run(1000)
    expect(farEar.events).toEqual(['closed the peer knows no such connection'])
    expect([a.ends.size, b.ends.size]).toEqual([0, 0])
  })

  it('block one direction only: bytes arrive, their acknowledgements do not', () => {
    const { world, near, nearEar, farEar, a, b } = wire()
    world.network.block(b, a)
    near.write(noise(10), 0, 10)
    world.run(1000)
    expect(farEar.bytes).toHaveLength(10)
    world.run(SILENCE_MS)
    expect(nearEar.events.at(-1)).toBe('closed nothing was acknowledged for too long')
  })

  it('a crashed process is noticed at once, a silent machine only by its silence', () => {
    for (const silent of [false, true]) {
      const { world, near, nearEar, farEar, b } = wire()
      world.network.crash(b, silent)
      near.write(noise(10), 0, 10)
      world.run(1000)
      expect(nearEar.events.at(-1)).toBe(silent ? 'open' : 'closed the peer crashed')
      world.run(SILENCE_MS)
      expect(nearEar.events.at(-1)).toMatch(silent ? /nothing was acknowledged/ : /crashed/)
      expect(farEar.events).toEqual([])
    }
  })

  it('a restarted machine knows no old connections', () => {
    const { world, near, nearEar, b } = wire()
    world.network.crash(b, true)
    world.run(100)
    world.network.restart(b)
    world.run(100)
    expect(nearEar.events).toEqual(['open'])
    near.write(noise(10), 0, 10)
    world.run(100)
    expect(nearEar.events.at(-1)).toBe('closed the peer knows no such connection')
  })
})

describe('dials', () => {
  it('are refused where nobody listens, time out in silence, and succeed once the partition ends', () => {
    const refused = wire({}, 1, 'sim', false)
    refused.world.network.unlisten(refused.b, 'sim://b')
    refused.world.run(100)
    expect(refused.nearEar.events).toEqual(['failed DIAL_FAILED cannot connect to sim://b: nobody listens there'])

    const silent = wire({}, 1, 'sim', false)
    silent.world.network.crash(silent.b, true)
    silent.world.run(20_000)
    expect(silent.nearEar.events).toEqual(['failed TIMEOUT sim://b did not answer in time'])

    const healed = wire({}, 1, 'sim', false)
    healed.world.network.partition([[healed.a]])
    healed.world.run(2000)
    healed.world.network.heal()
    healed.world.run(5000)
    expect(healed.nearEar.events).toEqual(['open'])
  })

  it('can be given up: the other side hears of it', () => {
    const { world, near, farEar, b } = wire({ latencyMs: 50 }, 1, 'sim', false)
    world.run(60)
    near.close(true)
    world.run(1000)
    expect(farEar.events).toEqual(['closed the peer cut it'])
    expect(b.ends.size).toBe(0)
  })
})

describe('datagrams', () => {
  it('are lost, doubled and overtaken as often as told, and never changed otherwise', () => {
    const { world, near, farEar } = wire({ loss: 0.3, duplicate: 0.2, reorder: 0.3, jitterMs: 5 }, 11, 'simd')
    const sent = 5000
    for (let i = 0; i < sent; i++) {
      near.write(Uint8Array.of(i >>> 8, i & 255), 0, 2)
      world.run(1)
    }
    world.run(1000)
    const got = farEar.chunks.map(chunk => chunk[0] * 256 + chunk[1])
    const distinct = new Set(got)
    // A lost one may still come as its own double.
    expect(distinct.size / sent).toBeCloseTo(0.7 + 0.3 * 0.2, 1)
    expect(got.length / sent).toBeCloseTo(0.9, 1)
    const overtaken = got.filter((number, i) => i > 0 && number < got[i - 1]).length
    expect(overtaken).toBeGreaterThan(500)
    for (const number of distinct) expect(number).toBeLessThan(sent)
  })
})

describe('conditions', () => {
  it('are checked, each with its own error', () => {
    expect(() => conditions({ loss: 1.1 })).toThrow('loss is 1.1; it must be 0 to 1')
    expect(() => conditions({ latencyMs: -1 })).toThrow('latencyMs is -1')
    expect(() => conditions({ jitterMs: Number.NaN })).toThrow('jitterMs is NaN')
    expect(() => conditions({ bandwidth: 0 })).toThrow('bandwidth is 0')
    expect(() => conditions({ cut: -0.1 })).toThrow('cut is -0.1')
  })

  it('can be changed for all links, for one, and in one direction', () => {
    const { world, near, far, nearEar, farEar, a, b } = wire({ latencyMs: 10 })
    world.network.setDefaults({ latencyMs: 100 })
    const start = world.nowMs
    near.write(noise(1), 0, 1)
    world.run(1000)
    expect(farEar.times).toEqual([start + 100])
    world.network.setLink(a, b, { latencyMs: 7 }, true)
    near.write(noise(1), 0, 1)
    far().write(noise(1), 0, 1)
    const later = world.nowMs
    world.run(1000)
    expect(farEar.times[1]).toBe(later + 7)
    expect(nearEar.times).toEqual([later + 100])
  })
})

describe('traces', () => {
  const story = (seed: number): string => {
    const { world, near, far } = wire({ jitterMs: 20, fragment: 0.3 }, seed)
    pour(near, noise(3000), 300)
    pour(far(), noise(3000), 200)
    world.run(1000)
    return world.traceHash()
  }

  it('have the same hash for the same seed and another for another', () => {
    expect(story(1)).toBe(story(1))
    expect(story(1)).not.toBe(story(2))
  })
})

const popCount = (byte: number): number => byte.toString(2).replaceAll('0', '').length
