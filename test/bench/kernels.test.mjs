import { describe, expect, it } from 'vitest'
import { BadArguments, helpOf, readOptions } from '../../bench/lib/arguments.mjs'
import { help, readKernelOptions } from '../../bench/kernels/options.mjs'
import { loadPeers, peers } from '../../bench/kernels/peers/index.mjs'
import { rows, rowsIn, select } from '../../bench/kernels/rows/index.mjs'
import { inUnit, measureRows } from '../../bench/kernels/run.mjs'
import { mlKemRows } from '../../bench/kernels/rows/ml-kem.mjs'
import { at, readJson } from '../../scripts/lib/project.mjs'

describe('options', () => {
  const known = { json: { help: 'as JSON' }, rows: { value: 'WORDS', help: 'some' } }

  it('are read with and without an equals sign', () => {
    expect(readOptions(['--json', '--rows', 'a b'], known)).toEqual({ json: true, rows: 'a b' })
    expect(readOptions(['--rows=a=b'], known)).toEqual({ rows: 'a=b' })
    expect(readOptions([], known)).toEqual({})
  })

  it.each([
    [['--jsn'], '--json, --rows'],
    [['json'], '--json, --rows'],
    [['--constructor'], '--json, --rows'],
    [['--rows'], '--rows WORDS'],
    [['--rows', '--json'], '--rows WORDS'],
    [['--rows='], '--rows WORDS'],
    [['--json=1'], 'leave out "=1"'],
  ])('%j are refused with what to type instead', (given, remedy) => {
    expect(() => readOptions(given, known)).toThrow(BadArguments)
    expect(() => readOptions(given, known)).toThrow(remedy)
  })

  it.each([
    [['--rows', 'nothing like it'], '--help'],
    [['--report', 'out'], '--report out.html'],
    [['--page', '--browsers'], 'leave out --browsers'],
  ])('%j make no sense together here', (given, remedy) => {
    expect(() => readKernelOptions(given)).toThrow(remedy)
  })

  it('are all in the help, and so is every row', () => {
    expect(helpOf(known)).toBe('  --json        as JSON\n  --rows WORDS  some')
    for (const { row } of rows) expect(help()).toContain(row)
    for (const name of ['--rows', '--node24', '--browsers', '--report', '--page', '--json'])
      expect(help()).toContain(name)
  })
})

describe('rows', () => {
  it('have names of their own, a unit and a goal', () => {
    expect(new Set(rows.map(({ row }) => row)).size).toBe(rows.length)
    for (const { unit } of rows) expect(['ns', 'µs', 'k/s']).toContain(unit)
  })

  it('are selected by words', () => {
    expect(select(undefined)).toBe(rows)
    expect(select('ml-kem')).toEqual(mlKemRows)
    expect(select(' ML-KEM , keygen')).toEqual(mlKemRows)
    expect(select('closest 20 of 10 k').map(({ row }) => row)).toEqual(['closest 20 of 10 k'])
  })

  it('are left out where they make no sense', () => {
    const some = [{ row: 'a' }, { row: 'b', runtimes: ['node'] }, { row: 'c', runtimes: ['browser'] }]
    expect(rowsIn('node', some).map(({ row }) => row)).toEqual(['a', 'b'])
    expect(rowsIn('browser', some).map(({ row }) => row)).toEqual(['a', 'c'])
  })

  it('hold goals against peers that exist', () => {
    const names = peers.map(({ name }) => name)
    for (const { goal } of rows) for (const peer of Object.keys(goal?.ahead ?? {})) expect(names).toContain(peer)
  })
})

describe('measuring rows', () => {
  const implementation = (name, operations) => ({ name, operations })
  const row = { group: 'g', row: 'r', unit: 'µs', operation: 'work', parameters: { bytes: 3 }, goal: { limit: 1e9 } }
  const quick = { rounds: 1, turnMs: 0.01, warmMs: 0, warmCalls: 1 }

  it('asks each implementation that knows the operation', async () => {
    const asked = []
    const work = name => ({ work: ({ bytes }) => (asked.push([name, bytes]), () => name) })
    const implementations = [
      implementation('hyphae', work('hyphae')),
      implementation('a', work('a')),
      implementation('b', {}),
    ]
    const results = await measureRows([row], implementations, undefined, quick)
    expect(asked).toEqual([
      ['hyphae', 3],
      ['a', 3],
    ])
    expect(Object.keys(results[0].peers)).toEqual(['a'])
    expect(results[0]).toMatchObject({ suite: 'kernels', row: 'r', group: 'g', met: true })
  })

  it('tells of whoever cannot do a row, and leaves out one that hyphae cannot do', async () => {
    const broken = {
      work: () => {
        throw new Error('no SIMD')
      },
    }
    const troubles = []
    const on = { onTrouble: trouble => troubles.push(trouble) }
    const able = { work: () => () => 0 }
    const first = await measureRows([row], [implementation('hyphae', able), implementation('a', broken)], on, quick)
    expect(first.map(({ peers }) => peers)).toEqual([{}])
    expect(await measureRows([row], [implementation('hyphae', {}), implementation('a', able)], on, quick)).toEqual([])
    expect(troubles).toEqual([
      { row: 'r', name: 'a', reason: 'no SIMD' },
      { row: 'r', name: 'hyphae', reason: 'there is no work' },
    ])
  })

  it.each([
    [{ unit: 'µs' }, 5000, 5],
    [{ unit: 'ns', items: 256 }, 25_600, 100],
    [{ unit: 'k/s', items: 64 }, 64_000, 1000],
  ])('as %j makes %d ns a call %d', (definition, ns, value) => {
    expect(inUnit(ns, definition)).toBeCloseTo(value)
  })
})

describe('peers', () => {
  const peer = (name, load) => ({ name, runtimes: ['node'], load })

  it('that cannot be loaded are named with the reason, and the others are there', async () => {
    const gone = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    const list = [
      peer('here', () => Promise.resolve({ work: () => () => 0 })),
      peer('gone', () => Promise.reject(gone)),
      peer('broken', () => Promise.reject(new Error('no SIMD'))),
      { ...peer('elsewhere', () => Promise.resolve({})), runtimes: ['browser'] },
    ]
    const { loaded, missing } = await loadPeers('node', list)
    expect(loaded.map(({ name }) => name)).toEqual(['here'])
    expect(missing).toEqual([
      { name: 'gone', reason: 'its package is not installed' },
      { name: 'broken', reason: 'no SIMD' },
    ])
  })

  it('come from the packages of bench/peers', () => {
    const { dependencies } = readJson(at('bench/peers/package.json'))
    for (const { package: name } of peers.filter(peer => peer.package)) expect(dependencies).toHaveProperty([name])
  })
})
