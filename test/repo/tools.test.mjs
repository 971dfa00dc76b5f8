import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ESLint } from 'eslint'
import * as prettier from 'prettier'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gzipSync } from 'node:zlib'
import { measureCore } from '../../bench/size/measure.mjs'
import { filesUnder, hashFiles, root } from '../../scripts/lib/project.mjs'

let folder
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hyphae-tools-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('type check of the pure layers', () => {
  /** Compiles one text under the settings of tsconfig.pure.json and answers what the compiler says. */
  function complaints(text) {
    const read = ts.getParsedCommandLineOfConfigFile(
      join(root, 'tsconfig.pure.json'),
      {},
      { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
    )
    const file = join(folder, 'planted.ts')
    writeFileSync(file, text)
    const options = { ...read.options, composite: false, incremental: false, noEmit: true, rootDir: folder }
    delete options.tsBuildInfoFile
    const program = ts.createProgram([file], options)
    return ts.getPreEmitDiagnostics(program).map(found => ts.flattenDiagnosticMessageText(found.messageText, '\n'))
  }

  it.each(['setTimeout', 'console', 'TextEncoder', 'URL', 'fetch', 'WebAssembly', 'process', 'crypto'])(
    'does not know %s',
    name => {
      expect(complaints(`export const planted = ${name}\n`).join()).toContain(`Cannot find name '${name}'`)
    },
  )

  it('knows the language', () => {
    expect(complaints('export const planted = new Uint8Array(4).at(-1)\n')).toEqual([])
  })
})

describe('lint', () => {
  /** Lints a planted file as if it stood among the tests; rules that need types get a program of that file alone. */
  async function findings(text) {
    const file = join(folder, 'planted.ts')
    writeFileSync(file, text)
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { strict: true, target: 'ES2022', lib: ['ES2022'], types: [] },
        files: ['planted.ts'],
      }),
    )
    const { default: config } = await import('../../eslint.config.mjs')
    const typed = config.find(entry => entry.rules?.['@typescript-eslint/no-floating-promises'])
    const here = {
      ...typed,
      files: ['**/*.ts'],
      languageOptions: {
        ...typed.languageOptions,
        // With CI=true in the environment the parser would take every text for the first one it saw under this name.
        parserOptions: {
          project: ['tsconfig.json'],
          tsconfigRootDir: folder,
          disallowAutomaticSingleRunInference: true,
        },
      },
    }
    const eslint = new ESLint({ cwd: folder, overrideConfigFile: true, overrideConfig: [here] })
    const [result] = await eslint.lintFiles(['planted.ts'])
    return result.messages.map(message => message.ruleId)
  }

  it.each([
    ['no-floating-promises', 'async function f(): Promise<void> {}\nf()\n'],
    ['no-misused-promises', 'export const f = (xs: number[]) => xs.forEach(async () => { await Promise.resolve() })\n'],
    ['switch-exhaustiveness-check', "export function f(x: 'a' | 'b') { switch (x) { case 'a': return 1 } return 0 }\n"],
    ['no-explicit-any', 'export const x: any = 1\n'],
    ['consistent-type-imports', "import { F } from './f.js'\nexport type G = F\n"],
    ['ban-ts-comment', '// @ts-ignore\nexport const x: string = 1\n'],
  ])('finds what %s is for', async (rule, text) => {
    expect(await findings(text)).toContain(`@typescript-eslint/${rule}`)
  })

  it('passes sound code', async () => {
    expect(await findings('export const double = (x: number): number => x * 2\n')).toEqual([])
  })
})

describe('formatting', () => {
  it('refuses a semicolon and accepts the house style', async () => {
    const options = { ...(await prettier.resolveConfig(join(root, 'src/index.ts'))), parser: 'typescript' }
    expect(await prettier.check("const a = 'b';\n", options)).toBe(false)
    expect(await prettier.check("const a = 'b'\n", options)).toBe(true)
  })
})

describe('size', () => {
  it('fails above the ceiling and passes below it', async () => {
    const entry = 'build/planted-size.mjs'
    mkdirSync(join(root, 'build'), { recursive: true })
    const noise = Array.from({ length: 20_000 }, (_, i) => (i * 2_654_435_761) >>> 0)
    writeFileSync(join(root, entry), `export const noise = ${JSON.stringify(noise)}\n`)
    const packed = gzipSync(JSON.stringify(noise)).length / 1024
    try {
      const measured = async (first, whole) =>
        (await measureCore({ planted: { entry, maxFirstKiB: first, maxWholeKiB: whole } }, 0)).findings
      expect(await measured(packed / 2, packed * 2)).toHaveLength(1)
      expect(await measured(packed * 2, packed / 2)).toHaveLength(1)
      expect(await measured(packed * 2, packed * 2)).toEqual([])
    } finally {
      rmSync(join(root, entry))
    }
  })
})

describe('what decides about building again', () => {
  it('is content and name, not time', () => {
    const place = join(folder, 'hash')
    mkdirSync(place)
    const write = (name, text) => writeFileSync(join(place, name), text)
    const hash = () => hashFiles(filesUnder(place))
    write('a', 'one')
    const first = hash()
    write('a', 'one')
    expect(hash()).toBe(first)
    write('a', 'two')
    expect(hash()).not.toBe(first)
    write('a', 'one')
    write('b', '')
    expect(hash()).not.toBe(first)
  })
})
