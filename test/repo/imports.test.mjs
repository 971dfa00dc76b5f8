import { describe, expect, it } from 'vitest'
import { findCycles, findForbiddenImports } from '../../scripts/check/imports.mjs'
import { layers } from '../../scripts/check/layers.mjs'
import { at, readJson } from '../../scripts/lib/project.mjs'
import { sourcesOf } from './sources.mjs'

/** Findings for one file; whatever it imports stands beside it. */
function judge(file, text, ...others) {
  return findForbiddenImports(sourcesOf({ ...Object.fromEntries(others.map(name => [name, ''])), [file]: text }))
}

describe('import rules', () => {
  it.each([
    ['core imports nothing', 'core/a.ts', "import { b } from '../wire/b.js'", 'wire/b.ts'],
    ['ports know core by its types only', 'ports/a.ts', "import { b } from '../core/b.js'", 'core/b.ts'],
    ['wire knows no crypto', 'wire/a.ts', "import { b } from '../crypto/b.js'", 'crypto/b.ts'],
    [
      'a protocol knows ports by types only',
      'protocols/mux/a.ts',
      "import { b } from '../../ports/b.js'",
      'ports/b.ts',
    ],
    [
      'a protocol knows no kernels',
      'protocols/mux/a.ts',
      "import type { b } from '../../kernels/b.js'",
      'kernels/b.ts',
    ],
    ['the engine knows no host', 'node/engine/a.ts', "import { b } from '../host/b.js'", 'node/host/b.ts'],
    ['the host knows no api', 'node/host/a.ts', "import { b } from '../api/b.js'", 'node/api/b.ts'],
    ['transports know no crypto', 'transports/tcp/a.ts', "import { b } from '../../crypto/b.js'", 'crypto/b.ts'],
    ['the simulator knows no platform', 'sim/a.ts', "import { b } from '../platform/b.js'", 'platform/b.ts'],
    ['a platform knows no simulator', 'platform/a.ts', "import { b } from '../sim/b.js'", 'sim/b.ts'],
    ['the face knows no platform', 'index.ts', "export { b } from './platform/b.js'", 'platform/b.ts'],
    [
      'the server knows public faces only',
      'server/a.ts',
      "import { b } from '../protocols/mux/b.js'",
      'protocols/mux/b.ts',
    ],
  ])('refuses: %s', (_rule, file, text, other) => {
    expect(judge(file, text, other)).toEqual([expect.stringContaining(`src/${file}:1: `)])
  })

  it('keeps protocols apart, types included', () => {
    const text = "import type { Mux } from '../mux/machine.js'"
    expect(judge('protocols/session/machine.ts', text, 'protocols/mux/machine.ts')).toHaveLength(1)
  })

  it('lets a protocol import its own folder and what the table allows', () => {
    const text = `
      import { a } from './config.js'
      import { bytes } from '../../core/bytes.js'
      import type { Aead } from '../../ports/crypto.js'
      import { type Random } from '../../ports/random.js'`
    const others = ['protocols/mux/config.ts', 'core/bytes.ts', 'ports/crypto.ts', 'ports/random.ts']
    expect(judge('protocols/mux/machine.ts', text, ...others)).toEqual([])
  })

  it.each([
    ["export * from '../wire/b.js'"],
    ["const b = () => import('../wire/b.js')"],
    ["type B = import('../wire/b.js').B"],
    ["import '../wire/b.js'"],
    ['const b = name => import(name)'],
  ])('sees every form of import: %s', text => {
    expect(judge('core/a.ts', text, 'wire/b.ts')).toHaveLength(1)
  })

  it('keeps node: modules at the edges', () => {
    const text = "import { createServer } from 'node:net'"
    expect(judge('node/host/a.ts', text)).toHaveLength(1)
    expect(judge('transports/tcp/socket.ts', text)).toHaveLength(1)
    expect(judge('server/routes.ts', text)).toHaveLength(1)
    for (const file of ['transports/tcp/node.ts', 'platform/native.ts', 'cli/main.ts', 'server/listen/http.ts']) {
      expect(judge(file, text)).toEqual([])
    }
  })

  it('keeps packages in the layers that may use them', () => {
    expect(judge('protocols/mux/a.ts', "import { sha256 } from '@noble/hashes/sha2.js'")).toHaveLength(1)
    expect(judge('wire/a.ts', "import { encode } from '@msgpack/msgpack'")).toHaveLength(1)
    expect(judge('crypto/a.ts', "import { sha256 } from '@noble/hashes/sha2.js'")).toEqual([])
  })

  it('wants the .js ending, a file behind it, and a layer for every file', () => {
    expect(judge('core/a.ts', "import { b } from './b'", 'core/b.ts')).toHaveLength(1)
    expect(judge('core/a.ts', "import { b } from './gone.js'")).toHaveLength(1)
    expect(judge('core/a.ts', "import { b } from '../../test/b.js'")).toHaveLength(1)
    expect(judge('attic/a.ts', '')).toEqual([expect.stringContaining('no layer')])
  })
})

it('allows no package that a user of hyphae would not get installed', () => {
  const { name, dependencies } = readJson(at('package.json'))
  const installed = [name, ...Object.keys(dependencies)]
  const owner = specifier => installed.find(known => specifier === known || specifier.startsWith(`${known}/`))
  expect(layers.flatMap(layer => layer.packages).filter(specifier => !owner(specifier))).toEqual([])
})

describe('cycles', () => {
  it('finds a loop over three files, also of types', () => {
    const sources = sourcesOf({
      'core/a.ts': "import { b } from './b.js'",
      'core/b.ts': "import type { C } from './c.js'",
      'core/c.ts': "export * from './a.js'",
      'core/d.ts': "import { a } from './a.js'",
    })
    expect(findCycles(sources)).toEqual(['import cycle: src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts'])
  })

  it('lets two roads lead to one file', () => {
    const sources = sourcesOf({
      'core/a.ts': "import './b.js'\nimport './c.js'",
      'core/b.ts': "import './d.js'",
      'core/c.ts': "import './d.js'",
      'core/d.ts': '',
    })
    expect(findCycles(sources)).toEqual([])
  })
})
