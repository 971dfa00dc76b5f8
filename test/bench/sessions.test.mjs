import { describe, expect, it } from 'vitest'
import { BadArguments } from '../../bench/lib/arguments.mjs'
import { Arrivals } from '../../bench/sessions/arrivals.mjs'
import { help, readSessionOptions } from '../../bench/sessions/options.mjs'
import { pipelined } from '../../bench/sessions/peers/pipelined.mjs'
import { rowsOn, select } from '../../bench/sessions/rows.mjs'
import { measureRows } from '../../bench/sessions/run.mjs'

describe('rows', () => {
  it('have names of their own, the same on every version of Node, and are all in the help', () => {
    const names = rowsOn(24).map(({ row }) => row)
    expect(new Set(names).size).toBe(names.length)
    expect(rowsOn(20).map(({ row }) => row)).toEqual(names)
    for (const name of names) expect(help()).toContain(name)
  })

  it('have goals by transport and version', () => {
    const goal = (major, row) => rowsOn(major).find(one => one.row === row).goal
    expect([goal(20, 'tcp: dial, peer known'), goal(24, 'tcp: dial, peer known')]).toEqual([
      { limit: 2 },
      { limit: 1.2 },
    ])
    expect(goal(20, 'tcp: bulk in 64 KiB')).toEqual({ ahead: { 'bare tcp': 0.4 } })
    expect(goal(24, 'ws: bulk in 64 KiB')).toEqual({ ahead: { 'bare ws': 0.7 } })
  })

  it('are selected by words, which have to fit one', () => {
    const rows = rowsOn(24)
    expect(select(rows, undefined)).toBe(rows)
    expect(select(rows, ' TCP: dial, peer , nothing').map(({ row }) => row)).toContain('tcp: dial, peer known')
    expect(() => readSessionOptions(['--rows', 'no such row'])).toThrow(BadArguments)
    expect(readSessionOptions(['--rows', 'dial', '--node24'])).toEqual({ rows: 'dial', node24: true })
  })
})

describe('a run', () => {
  const contender = (name, transport = 'tcp') => ({ name, transport })
  const quick = { rounds: 3, turnMs: 1, warmMs: 1, mostMs: 200 }
  const row = load => ({ row: 'r', transport: 'tcp', processes: 1, unit: 'ms', value: (times, ms) => ms / times, load })
  const pairOf = async ({ name }, processes) => ({ name, processes })

  it('gives medians of those of the transport and leaves out who has no such thing', async () => {
    const paces = { hyphae: 2, slow: 6 }
    const load = async ({ name }) => (paces[name] ? async times => times * paces[name] : undefined)
    const list = [contender('hyphae'), contender('slow'), contender('without'), contender('other', 'ws')]
    const [result] = await measureRows([row(load)], list, pairOf, {}, quick)
    expect(result).toMatchObject({ suite: 'sessions', hyphae: 2, peers: { slow: 6 }, ratios: { slow: 3 } })
    expect(Object.keys(result.peers)).toEqual(['slow'])
  })

  it('tells of those that fail or hang and goes on without them', async () => {
    const troubles = []
    let calls = 0
    const runs = {
      hyphae: async times => times,
      breaks: async times => {
        if (++calls > 3) throw new Error('broken')
        return times
      },
      hangs: () => new Promise(() => {}),
    }
    const list = Object.keys(runs).map(name => contender(name))
    const on = { onTrouble: trouble => troubles.push(trouble) }
    const results = await measureRows([row(async ({ name }) => runs[name])], list, pairOf, on, quick)
    expect(results.map(({ hyphae, peers }) => [hyphae, peers])).toEqual([[1, {}]])
    expect(troubles.map(({ name, reason }) => `${name}: ${reason}`).sort()).toEqual([
      'breaks: broken',
      'hangs: no end after 200 ms',
    ])
  })

  it('has no row without hyphae', async () => {
    const load = async ({ name }) => {
      if (name === 'hyphae') throw new Error('not built')
      return async times => times
    }
    const troubles = []
    const on = { onTrouble: ({ reason }) => troubles.push(reason) }
    expect(await measureRows([row(load)], [contender('hyphae'), contender('peer')], pairOf, on, quick)).toEqual([])
    expect(troubles).toEqual(['not built'])
  })
})

it('arrivals tell when enough came, at once where it did before', async () => {
  const arrivals = new Arrivals()
  arrivals.add(10)
  await arrivals.reach(10)
  let reached = false
  const waits = arrivals.reach(30).then(() => (reached = true))
  arrivals.add(19)
  await Promise.resolve()
  expect(reached).toBe(false)
  arrivals.add(1)
  await waits
  expect(await arrivals.total()).toBe(30)
})

it('pipelined requests take answers in order, however the bytes are split', async () => {
  const sent = []
  let take
  const channel = { send: bytes => sent.push(bytes), onBytes: given => (take = given) }
  const request = pipelined(channel, new Uint8Array(4))
  const done = []
  const both = [request().then(() => done.push(1)), request().then(() => done.push(2))]
  take(3)
  await Promise.resolve()
  expect([sent.length, done]).toEqual([2, []])
  take(5)
  await Promise.all(both)
  expect(done).toEqual([1, 2])
})
