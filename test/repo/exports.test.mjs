import { describe, expect, it } from 'vitest'
import { findBrokenExports, findForeignTypes, reachableDeclarations } from '../../scripts/check/package.mjs'
import { sourcesOf } from './sources.mjs'

const good = {
  bin: { hyphae: 'dist/cli/main.js' },
  exports: {
    '.': {
      types: './a.d.ts',
      workerd: './w.js',
      deno: './d.js',
      bun: './b.js',
      node: './n.js',
      browser: './a.js',
      default: './a.js',
    },
    './kernels.wasm': './k.wasm',
  },
}
const everything = () => true

describe('exports of package.json', () => {
  it('passes a sound map', () => {
    expect(findBrokenExports(good, everything)).toEqual([])
  })

  it('names a target that the build does not make, bin included', () => {
    expect(findBrokenExports(good, file => file !== './n.js')).toEqual([expect.stringContaining('exports › . › node')])
    expect(findBrokenExports(good, file => !file.startsWith('dist'))).toEqual([expect.stringContaining('bin › hyphae')])
  })

  it('wants types first and default last', () => {
    expect(findBrokenExports({ exports: { '.': { default: './a.js', types: './a.d.ts' } } }, everything)).toHaveLength(
      2,
    )
  })

  it('looks into nested conditions', () => {
    const nested = { node: { default: './n.js', types: './n.d.ts' }, default: './a.js' }
    expect(findBrokenExports({ exports: { './x': nested } }, everything)).toHaveLength(2)
  })

  it('finds a runtime that stands behind browser', () => {
    const map = { exports: { '.': { types: './a.d.ts', browser: './a.js', workerd: './w.js', default: './a.js' } } }
    expect(findBrokenExports(map, everything)).toEqual([expect.stringContaining('"workerd" stands behind')])
  })
})

describe('declarations', () => {
  const manifest = { name: 'hyphae', dependencies: { ws: '1.0.0', eventemitter3: '1.0.0' } }
  const judge = text => findForeignTypes(sourcesOf({ 'dist/a.d.ts': text }), manifest)

  it.each([["import type { WebSocket } from 'ws'"], ["import { StandardSchemaV1 } from '@standard-schema/spec'"]])(
    'may not show types that a user lacks: %s',
    text => {
      expect(judge(text)).toHaveLength(1)
    },
  )

  it.each([
    ["import { a } from './a.js'"],
    ["import E from 'eventemitter3'"],
    ["import type { Socket } from 'node:net'"],
  ])('may show: %s', text => {
    expect(judge(text)).toEqual([])
  })

  it('are followed from the exports, and only from there', () => {
    const files = sourcesOf({
      'dist/a.d.ts': "export { b } from './deep/b.js'",
      'dist/deep/b.d.ts': "import type { a } from '../a.js'",
      'dist/internal.d.ts': "import type { WebSocket } from 'ws'",
    })
    const reached = reachableDeclarations({ exports: { '.': { types: './dist/a.d.ts' } } }, file => files.get(file))
    expect([...reached.keys()]).toEqual(['dist/a.d.ts', 'dist/deep/b.d.ts'])
  })
})
