import { beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_ADMISSION } from '../../src/protocols/admission/config.js'
import { closeNodesAfterEach, until } from '../node/api/support.js'
import { Hostile, type Plain } from './support.js'
import { startVictim, type Victim } from './victim.js'

const MIB = 1024 * 1024

interface Flood extends Plain {
  readonly opened: number
  readonly peak: number
  readonly held: number
  readonly sent: number
}

/** What authenticated floods tell. */
interface InSession extends Plain {
  readonly sessions: number
  readonly sent: number
  readonly ended: readonly { readonly code?: number; readonly closed?: boolean }[]
}

let hostile: Hostile
let second: Hostile
beforeAll(() => {
  hostile = Hostile.start()
  second = Hostile.start()
})
closeNodesAfterEach()

/** Memory after a collection, where the test is run with one; the highest seen otherwise stays out of it. */
const rss = (): number => process.memoryUsage().rss

/** Asks as the friend until told to stop: every request must be answered. */
function serve(victim: Victim): { stop(): Promise<number> } {
  let going = true
  const work = (async () => {
    let answered = 0
    while (going) {
      expect(await victim.friend.request(victim.node.id, 'echo', answered, { timeoutMs: 15_000 })).toBe(answered)
      answered++
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    return answered
  })()
  return {
    stop: () => {
      going = false
      return work
    },
  }
}

describe('floods of strangers', () => {
  it('[C48] [C58] [C69] [C71] 10,000 connections, single bytes, garbage, half upgrades and costly first messages at once: the others are served, all is bounded', async () => {
    const victim = await startVictim({ admission: {}, handshakeTimeoutMs: 2000 })
    const { tcp, ws } = victim
    const before = rss()
    const { kemOperations } = victim.node.diagnostics()
    const friend = serve(victim)
    let highest = 0
    let carriers = 0
    const watch = setInterval(() => {
      highest = Math.max(highest, rss())
      carriers = Math.max(carriers, victim.node.diagnostics().carriers)
    }, 20)
    const flood = { hosts: 40, durationMs: 3000, learnt: true }
    await second.run('learnFor', { address: tcp })
    const [many, ...others] = await Promise.all([
      hostile.run<Flood>('connections', { address: tcp, count: 10_000, hosts: 40, holdMs: 500 }),
      second.run<Flood>('slowloris', { ...flood, address: tcp, width: 200, everyMs: 300 }),
      second.run<Flood>('slowloris', { ...flood, address: ws, width: 300, everyMs: 300, http: true }),
      second.run<Flood>('garbage', { ...flood, address: tcp, width: 10 }),
      second.run<Flood>('garbage', { ...flood, address: ws, width: 10 }),
      second.run<Flood>('halfOpen', { ...flood, address: ws, width: 600 }),
      second.run<Flood>('halfOpen', { ...flood, address: ws, width: 5, headers: true }),
      second.run<Flood>('firstMessages', { ...flood, address: tcp, width: 10 }),
    ])
    clearInterval(watch)
    const answered = await friend.stop()
    expect(many.opened).toBeGreaterThan(9_000)
    // How much of each gets its turn is the machine's affair.
    expect(others.reduce((sum, { opened }) => sum + opened, 0)).toBeGreaterThan(300)
    expect(answered).toBeGreaterThan(10)
    // Limited …
    const { maxConnections, totalRate } = DEFAULT_ADMISSION
    expect(carriers).toBeLessThanOrEqual(maxConnections)
    const { handshakes } = victim.node.diagnostics()
    expect(handshakes['refused']).toBeGreaterThan(1_000)
    expect(victim.node.diagnostics().kemOperations - kemOperations).toBeLessThan(
      3 * (totalRate.burst + 10 * totalRate.perSecond),
    )
    // … and told, but not without end.
    expect(victim.alarms.some(alarm => alarm.startsWith('admission '))).toBe(true)
    expect(victim.alarms).toContain('handshake HANDSHAKE_FAILED')
    expect(victim.alarms.length).toBeLessThan(1000)
    expect(highest - before).toBeLessThan(400 * MIB)
    // Nothing of it stays.
    await until(() => victim.node.diagnostics().carriers === 1)
    expect(victim.connects).toHaveLength(1)
  }, 60_000)
})

describe('floods of authenticated peers', () => {
  it('[C48] [C58] [C71] pings, acknowledgements, empty records, resets, cancels, windows and unread answers at once: the others are served, all is bounded', async () => {
    const victim = await startVictim({ maxConcurrentRequests: 32, maxConcurrentStreams: 32 })
    const before = rss()
    let highest = 0
    const watch = setInterval(() => (highest = Math.max(highest, rss())), 20)
    const friend = serve(victim)
    const acts = [
      'pings',
      'acks',
      'emptyRecords',
      'rapidReset',
      'rapidCancel',
      'requests',
      'windows',
      'readsNothing',
      'ratchets',
    ]
    const address = (i: number) => (i % 2 === 0 ? victim.tcp : victim.ws)
    const results = await Promise.all(
      acts.map((act, i) =>
        (i % 2 === 0 ? hostile : second).run<InSession>(act, { address: address(i), durationMs: 2000 }),
      ),
    )
    clearInterval(watch)
    const answered = await friend.stop()
    expect(answered).toBeGreaterThan(10)
    for (const [i, { sessions, sent }] of results.entries()) {
      expect({ act: acts[i], sessions, busy: sent > 4 }).toEqual({ act: acts[i], sessions: 1, busy: true })
    }
    // A peer has no more handlers at work than twice what it may ask for, given up or not: three of them asked for these.
    expect(victim.handled.slow).toBeLessThanOrEqual(2 * 64)
    expect(victim.handled.slow).toBeGreaterThanOrEqual(64)
    expect(victim.handled.streams).toBeLessThanOrEqual(64 + 1)
    expect(highest - before).toBeLessThan(400 * MIB)
    expect(victim.connects.length).toBe(1 + acts.length)
    victim.release()
    expect(await victim.friend.request(victim.node.id, 'echo', 'after')).toBe('after')
  }, 60_000)
})
