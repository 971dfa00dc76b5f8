import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeU32 } from '../../../src/core/bytes.js'
import { ERROR_CODES } from '../../../src/core/errors.js'
import { type PeerId, peerIdFromBytes } from '../../../src/core/ids.js'
import { LIMITS } from '../../../src/core/limits.js'
import type { Time } from '../../../src/core/time.js'
import type { Random } from '../../../src/ports/random.js'
import { Backoff } from '../../../src/protocols/dial/backoff.js'
import { DEFAULT_DIAL, type DialConfig } from '../../../src/protocols/dial/config.js'
import { Dialer } from '../../../src/protocols/dial/machine.js'

const at = (monoMs: number): Time => ({ monoMs, wallMs: 1_700_000_000_000 + monoMs })

/** A small generator of known seed. */
function seeded(seed: number): Random {
  let state = seed
  return {
    fill(out) {
      for (let i = 0; i < out.length; i++) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
        out[i] = state >>> 16
      }
      return out
    },
  }
}

/** Always the same part of 2^32. */
function always(part: number): Random {
  return {
    fill(out) {
      writeU32(out, 0, Math.floor(part * 0xffff_ffff))
      return out
    },
  }
}

function dialer(change: Partial<DialConfig> = {}, random: Random = always(1)): Dialer {
  return new Dialer({ config: { ...DEFAULT_DIAL, ...change }, random })
}

function peer(n: number): PeerId {
  return peerIdFromBytes(new Uint8Array(32).fill(n))
}

const P = peer(1)

function due(machine: Dialer, monoMs: number): PeerId[] {
  const peers: PeerId[] = []
  machine.tick(at(monoMs), { onDue: id => peers.push(id) })
  return peers
}

function fail(machine: Dialer, monoMs: number, id = P): void {
  machine.failed(id, machine.next(id, at(monoMs)), 'dial', 'DIAL_FAILED', 'refused', at(monoMs))
}

describe('order of addresses', () => {
  it('last success first, then untried in their order, then failures whose wait ended', () => {
    const machine = dialer()
    for (const address of ['failed', 'untried 1', 'older', 'untried 2', 'newer']) machine.add(P, address, 'peer')
    machine.failed(P, 'failed', 'dial', 'TIMEOUT', '', at(0))
    machine.connected(P, 'older', at(0))
    machine.disconnected(P, at(20_000))
    machine.connected(P, 'newer', at(20_000))
    machine.disconnected(P, at(40_000))
    const order = [0, 1, 2, 3, 4, 5].map(() => machine.next(P, at(41_000)))
    expect(order).toEqual(['newer', 'older', 'untried 1', 'untried 2', 'failed', undefined])
  })

  it('gives no address out that waits, until revived', () => {
    const machine = dialer()
    machine.add(P, 'a', 'user')
    fail(machine, 0)
    expect(machine.next(P, at(99))).toBeUndefined()
    expect(machine.next(P, at(100))).toBe('a')
    machine.cancelled(P, 'a')
    expect(machine.explain(P).addresses[0]?.failures).toBe(1)
    fail(machine, 100)
    expect(machine.next(P, at(101))).toBeUndefined()
    machine.revive(P)
    expect(machine.next(P, at(101))).toBe('a')
    expect(machine.next(P, at(101))).toBeUndefined()
  })

  it('knows nothing of peers and addresses that were forgotten', () => {
    const machine = dialer()
    machine.add(P, 'a', 'user')
    machine.add(P, 'b', 'peer')
    machine.remove(P, 'a')
    expect(machine.addresses(P)).toEqual(['b'])
    machine.forget(P)
    expect([machine.addresses(P), machine.next(P, at(0)), machine.peers]).toEqual([[], undefined, 0])
  })
})

describe('waits', () => {
  it('100 ms first, then up to 1, 2, 4 … 60 s', () => {
    const longest = new Backoff(DEFAULT_DIAL, always(1))
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 5000].map(n => longest.delayMs(n))
    expect(waits).toEqual([100, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000])
    const shortest = new Backoff(DEFAULT_DIAL, always(0))
    expect([0, 1, 2, 9, 100].map(n => shortest.delayMs(n))).toEqual([100, 100, 100, 100, 100])
  })

  it('spreads nodes that lost the same peer over the whole wait', () => {
    const waits = Array.from({ length: 1000 }, (_, i) => new Backoff(DEFAULT_DIAL, seeded(i * 7919 + 1)).delayMs(6))
    const quarters = [0, 0, 0, 0]
    for (const ms of waits) quarters[Math.min(3, Math.floor(ms / 4000))]++
    for (const count of quarters) expect(count).toBeGreaterThan(150)
  })

  it('starts afresh after a connection that lasted, not after one that was dropped at once', () => {
    const machine = dialer()
    machine.add(P, 'a', 'user')
    let now = 0
    for (let i = 0; i < 5; i++) {
      machine.connected(P, machine.next(P, at(now)), at(now))
      machine.disconnected(P, at(now + 10), 'SESSION_LOST', 'dropped')
      now += 100_000
    }
    expect(machine.explain(P)).toMatchObject({
      failure: { step: 'session', code: 'SESSION_LOST', text: 'dropped' },
      addresses: [{ failures: 5, notBeforeMs: 400_010 + 8000 }],
    })
    machine.connected(P, machine.next(P, at(now)), at(now))
    machine.disconnected(P, at(now + DEFAULT_DIAL.stableMs))
    expect(machine.explain(P).addresses[0]).toMatchObject({ failures: 0, notBeforeMs: now + 10_100 })
  })
})

describe('peers that are kept', () => {
  it('dials a lost peer again with backoff until it is back, and then stops', () => {
    const machine = dialer({}, seeded(3))
    machine.add(P, 'a', 'user')
    expect(machine.nextDeadline()).toBeUndefined()
    machine.keep(P, true)
    const attempts: number[] = []
    let isUp = true
    let connectedAt: number[] = []
    const sink = {
      onDue(id: PeerId): void {
        const now = time.monoMs
        attempts.push(now)
        const address = machine.next(id, time)
        if (isUp) {
          machine.connected(id, address, time)
          connectedAt.push(now)
        } else machine.failed(id, address, 'dial', 'DIAL_FAILED', 'refused', time)
      },
    }
    let time = at(0)
    const until = (endMs: number): void => {
      for (let next = machine.nextDeadline(); next !== undefined && next <= endMs; next = machine.nextDeadline()) {
        time = at(Math.max(next, time.monoMs))
        machine.tick(time, sink)
      }
      time = at(endMs)
    }
    until(50_000)
    expect(attempts).toEqual([0])
    isUp = false
    connectedAt = []
    machine.disconnected(P, time, 'SESSION_LOST')
    until(650_000)
    // Doubling from 1 s to 60 s: in 600 s about 6 waits up to 32 s and then one every 30 s on average.
    expect(attempts.length).toBeGreaterThan(12)
    expect(attempts.length).toBeLessThan(60)
    expect(attempts[1]).toBe(50_100)
    expect(machine.explain(P)).toMatchObject({ state: 'waiting', failure: { step: 'dial', code: 'DIAL_FAILED' } })
    isUp = true
    until(750_000)
    expect(connectedAt).toHaveLength(1)
    expect(connectedAt[0]).toBeLessThanOrEqual(650_000 + 60_000)
    expect(machine.nextDeadline()).toBeUndefined()
    expect(machine.explain(P)).toMatchObject({ state: 'connected', failure: undefined })
  })

  it('does not dial a kept peer that is being dialled, connected from its side, or kept no more', () => {
    const machine = dialer()
    machine.add(P, 'a', 'user')
    machine.keep(P, true)
    expect(due(machine, 0)).toEqual([P])
    machine.next(P, at(0))
    expect([machine.nextDeadline(), due(machine, 0)]).toEqual([undefined, []])
    machine.cancelled(P, 'a')
    expect(due(machine, 0)).toEqual([P])
    machine.connected(P, undefined, at(0))
    expect(due(machine, 99_999)).toEqual([])
    machine.disconnected(P, at(5))
    expect(machine.nextDeadline()).toBe(0)
    machine.keep(P, false)
    expect([machine.nextDeadline(), due(machine, 99_999)]).toEqual([undefined, []])
  })

  it('tells the earliest of all deadlines, and only peers that are due', () => {
    const machine = dialer()
    for (const n of [1, 2, 3]) {
      machine.add(peer(n), 'a', 'user')
      machine.keep(peer(n), true)
      fail(machine, n * 1000, peer(n))
    }
    expect(machine.nextDeadline()).toBe(1100)
    expect(due(machine, 1099)).toEqual([])
    expect(due(machine, 2100).sort()).toEqual([peer(1), peer(2)].sort())
  })
})

describe('explain', () => {
  it('names the missing address', () => {
    expect(dialer().explain(P)).toEqual({
      peer: P,
      state: 'idle',
      kept: false,
      failure: {
        step: 'address',
        code: 'NO_ADDRESS',
        text: 'no address of this peer is known',
        remedy: ERROR_CODES.NO_ADDRESS,
      },
      nextAttemptMs: undefined,
      addresses: [],
      attempts: [],
    })
  })

  it('names the step, the code and the remedy of the attempt that came furthest', () => {
    const machine = dialer()
    for (const address of ['a', 'b', 'c']) machine.add(P, address, 'user')
    machine.failed(P, machine.next(P, at(0)), 'dial', 'DIAL_FAILED', 'refused', at(0))
    machine.failed(P, machine.next(P, at(0)), 'certificate', 'CERTIFICATE_EXPIRED', 'ended yesterday', at(0))
    machine.failed(P, machine.next(P, at(0)), 'dial', 'TIMEOUT', 'no answer', at(0), 'open the port')
    const { failure, attempts, state } = machine.explain(P)
    expect(failure).toEqual({
      step: 'certificate',
      code: 'CERTIFICATE_EXPIRED',
      text: 'ended yesterday',
      remedy: ERROR_CODES.CERTIFICATE_EXPIRED,
    })
    expect(state).toBe('idle')
    expect(attempts.map(each => each.address)).toEqual(['c', 'b', 'a'])
    expect(attempts[0]).toMatchObject({ wallMs: at(0).wallMs, failure: { remedy: 'open the port' } })
  })

  it('lets a later attempt at the same address replace the earlier, and a success end all', () => {
    const machine = dialer()
    machine.add(P, 'a', 'user')
    machine.failed(P, 'a', 'handshake', 'HANDSHAKE_FAILED', '', at(0))
    machine.failed(P, 'a', 'dial', 'DIAL_FAILED', '', at(1))
    expect(machine.explain(P).failure?.step).toBe('dial')
    machine.connected(P, 'a', at(2))
    machine.disconnected(P, at(3))
    expect(machine.explain(P).failure).toBeUndefined()
    machine.failed(P, undefined, 'admission', 'PEER_DENIED', 'deny hook', at(4))
    expect(machine.explain(P).failure).toMatchObject({ step: 'admission', code: 'PEER_DENIED' })
  })

  it('clips what a peer says and remembers maxHistory attempts, one past it forgets the oldest', () => {
    const machine = dialer({ maxHistory: 3 })
    for (let i = 0; i < 4; i++) machine.failed(P, undefined, 'session', 'CLOSED', `${i}${'x'.repeat(10_000)}`, at(i))
    const { attempts } = machine.explain(P)
    expect(attempts.map(each => each.failure?.text[0])).toEqual(['3', '2', '1'])
    expect(attempts[0]?.failure?.text).toHaveLength(LIMITS.maxFailureTextBytes)
  })
})

describe('bounds of the address book', () => {
  it('holds maxAddresses of a peer, one past it pushes out the worst, never what is better', () => {
    const machine = dialer({ maxAddresses: 3 })
    for (const address of ['worked', 'failing', 'new']) machine.add(P, address, 'peer')
    machine.connected(P, 'worked', at(0))
    machine.failed(P, 'failing', 'dial', 'TIMEOUT', '', at(0))
    expect(machine.add(P, 'other', 'peer')).toBe(true)
    expect(machine.addresses(P)).toEqual(['worked', 'new', 'other'])
    for (const address of ['u1', 'u2', 'u3']) expect(machine.add(P, address, 'user')).toBe(true)
    expect(machine.addresses(P)).toEqual(['u1', 'u2', 'u3'])
    expect(machine.add(P, 'late', 'peer')).toBe(false)
    expect(machine.add(P, 'u1', 'peer')).toBe(true)
  })

  it('keeps an address that is being dialled, and one the user confirms', () => {
    const machine = dialer({ maxAddresses: 1 })
    machine.add(P, 'a', 'peer')
    machine.next(P, at(0))
    expect(machine.add(P, 'b', 'user')).toBe(false)
    machine.cancelled(P, 'a')
    machine.add(P, 'a', 'user')
    expect(machine.add(P, 'b', 'peer')).toBe(false)
  })

  it('refuses an address one character too long, or empty', () => {
    const machine = dialer()
    expect(machine.add(P, 'x'.repeat(LIMITS.maxAddressChars), 'peer')).toBe(true)
    expect(machine.add(P, 'x'.repeat(LIMITS.maxAddressChars + 1), 'peer')).toBe(false)
    expect(machine.add(P, '', 'user')).toBe(false)
  })

  it('holds maxPeers, one past it forgets who was never reached, then the longest unused, never who is needed', () => {
    const machine = dialer({ maxPeers: 3 })
    machine.add(peer(1), 'a', 'user')
    machine.add(peer(2), 'a', 'peer')
    machine.add(peer(3), 'a', 'peer')
    machine.keep(peer(3), true)
    expect(machine.add(peer(4), 'a', 'peer')).toBe(true)
    expect([1, 2, 3, 4].map(n => machine.addresses(peer(n)).length)).toEqual([1, 0, 1, 1])
    machine.connected(peer(4), undefined, at(0))
    expect(machine.add(peer(5), 'a', 'peer')).toBe(true)
    expect(machine.addresses(peer(1))).toEqual([])
    machine.next(peer(5), at(0))
    expect(machine.add(peer(6), 'a', 'peer')).toBe(false)
    expect(machine.keep(peer(6), true)).toBe(false)
    expect(machine.keep(peer(6), false)).toBe(true)
    machine.failed(peer(6), undefined, 'address', 'NO_ADDRESS', '', at(0))
    machine.connected(peer(6), undefined, at(0))
    machine.disconnected(peer(6), at(0))
    expect(machine.peers).toBe(3)
  })

  it('stays within bounds and hands out only what it was given, whatever happens', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const step = fc.tuple(
      fc.constantFrom(
        'add',
        'user',
        'next',
        'fail',
        'connect',
        'disconnect',
        'keep',
        'unkeep',
        'remove',
        'tick',
        'revive',
        'cancel',
      ),
      fc.integer({ min: 1, max: 5 }),
      name,
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const machine = dialer({ maxPeers: 3, maxAddresses: 2, maxHistory: 2 }, seeded(9))
        let now = 0
        const time = (): Time => at((now += 500))
        const sink = {
          onDue: (id: PeerId): void => {
            expect(machine.addresses(id)).toContain(machine.next(id, at(now)))
          },
        }
        const acts: Record<string, (id: PeerId, address: string) => unknown> = {
          add: (id, address) => machine.add(id, address, 'peer'),
          user: (id, address) => machine.add(id, address, 'user'),
          next: id => machine.next(id, time()),
          fail: (id, address) => machine.failed(id, address, 'dial', 'TIMEOUT', '', time()),
          connect: (id, address) => machine.connected(id, address, time()),
          disconnect: id => machine.disconnected(id, time(), 'SESSION_LOST'),
          keep: id => machine.keep(id, true),
          unkeep: id => machine.keep(id, false),
          remove: (id, address) => machine.remove(id, address),
          tick: () => machine.tick(time(), sink),
          revive: id => machine.revive(id),
          cancel: (id, address) => machine.cancelled(id, address),
        }
        for (const [act, n, address] of steps) {
          acts[act]?.(peer(n), address)
          expect(machine.peers).toBeLessThanOrEqual(3)
          expect(machine.addresses(peer(n)).length).toBeLessThanOrEqual(2)
          expect(machine.explain(peer(n)).attempts.length).toBeLessThanOrEqual(2)
        }
      }),
      { seed: 40, numRuns: 300 },
    )
  })
})
