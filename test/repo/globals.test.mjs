import { describe, expect, it } from 'vitest'
import { findBannedGlobals } from '../../scripts/check/globals.mjs'
import { sourcesOf } from './sources.mjs'

const judge = (file, text) => findBannedGlobals(sourcesOf({ [file]: text }))

const ambientUses = [
  'const now = Date.now()',
  'const d = new Date()',
  'const r = Math.random()',
  "const r = Math['random']()",
  'const { random } = Math',
  'const m = Math; m.random()',
  'setTimeout(() => {}, 1)',
  'globalThis.setTimeout(() => {}, 1)',
  "globalThis['setInterval'](() => {}, 1)",
  'const later = { run: queueMicrotask }',
  'const later = { queueMicrotask }',
  'crypto.getRandomValues(new Uint8Array(1))',
  'globalThis.crypto.getRandomValues(new Uint8Array(1))',
  'crypto.randomUUID()',
  'const { getRandomValues } = crypto',
  'const t = performance.now()',
  'declare const setTimeout: () => void; setTimeout()',
  "import { randomBytes } from '@noble/hashes/utils.js'",
]

describe('ambient clocks, timers and randomness', () => {
  it.each(ambientUses)('refuses in every layer but the edges: %s', text => {
    for (const file of ['core/a.ts', 'node/host/a.ts', 'transports/tcp/node.ts', 'sim/a.ts']) {
      expect(judge(file, text), file).not.toEqual([])
    }
  })

  it.each(ambientUses)('allows at the edges: %s', text => {
    for (const file of ['platform/a.ts', 'cli/a.ts', 'server/a.ts']) expect(judge(file, text)).toEqual([])
  })

  it.each([
    'clock.setTimeout(() => {}, 1)',
    'interface Clock { setTimeout(work: () => void): void }',
    'const port = { queueMicrotask: defer.run }',
    'const n = Math.floor(1.5)',
    'function later(setTimeout: () => void) { setTimeout() }',
    'const key = crypto.subtle',
    '// Date.now() is spoken of',
    "const text = 'Math.random()'",
  ])('leaves alone: %s', text => {
    expect(judge('node/host/a.ts', text)).toEqual([])
  })
})

describe('async in the pure layers', () => {
  const asyncUses = [
    'async function f() {}',
    'const f = async () => 1',
    'class A { async b() {} }',
    'const f = x => Promise.resolve(x)',
    'let p: Promise<void>',
    'async function* g() {}',
  ]

  it.each(asyncUses)('refuses: %s', text => {
    for (const file of ['core/a.ts', 'protocols/mux/a.ts', 'node/engine/a.ts', 'federation/machines/a.ts']) {
      expect(judge(file, text), file).not.toEqual([])
    }
  })

  it.each(asyncUses)('allows where a runtime waits: %s', text => {
    expect(judge('node/api/a.ts', text)).toEqual([])
  })

  it('lets ports name the type Promise and nothing more', () => {
    expect(judge('ports/store.ts', 'export interface Store { get(key: string): Promise<Uint8Array> }')).toEqual([])
    expect(judge('ports/store.ts', 'export const x = () => Promise.resolve()')).toHaveLength(1)
  })
})
