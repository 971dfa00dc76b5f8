import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { format } from 'node:util'
import ts from 'typescript'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { codeBlocks, readPages } from '../../scripts/docs/pages.mjs'
import { at, readJson } from '../../scripts/lib/project.mjs'

// Blocks of `ts` in the pages: `check` compiles, `run` compiles and runs under Node and must print what its comments say,
// `worker` compiles against what the package is under workerd.
// Inside the project, where the compiler finds packages; of this process alone, since several may run at once.
const folder = at(`build/docs-examples-${process.pid}`)
const kinds = ['run', 'check', 'worker']

const blocks = [...readPages()].flatMap(([page, text]) =>
  /^(README|CONTRIBUTING|docs\/[^/]+)\.md$/.test(page) ? examplesOf(page, text) : [],
)

function examplesOf(page, text) {
  return codeBlocks(text)
    .filter(({ language }) => language === 'ts')
    .map(block => ({ ...block, page, kind: block.words[0], file: `${page.replace(/\W+/g, '-')}-${block.line}` }))
}

/** The source behind each import of the package, as a runtime with these conditions finds it. */
function sourcesBy(conditions, field) {
  const pick = target => {
    if (typeof target === 'string') return target
    const key = Object.keys(target).find(name => name === field || conditions.includes(name) || name === 'default')
    return key && pick(target[key])
  }
  const exported = Object.entries(readJson(at('package.json')).exports)
  const found = exported.map(([name, target]) => [`hyphae${name.slice(1)}`, pick(target)])
  return Object.fromEntries(
    found
      .filter(([, file]) => file?.startsWith('./dist/'))
      .map(([name, file]) => [name, at(file.replace('./dist/', 'src/').replace(/(\.d)?\.[jt]s$/, '.ts'))]),
  )
}

function compile(files, conditions) {
  const base = ts.readConfigFile(at('tsconfig.base.json'), ts.sys.readFile).config
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...base.compilerOptions,
      ...{ composite: false, incremental: false, declaration: false, declarationMap: false, noEmit: true },
      ...{ noUnusedLocals: false, lib: ['ES2022', 'ESNext.Disposable', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'] },
      ...{ types: ['node'], rootDir: at('.'), outDir: folder },
      paths: Object.fromEntries(Object.entries(sourcesBy(conditions, 'types')).map(([name, file]) => [name, [file]])),
    },
    at('.'),
  )
  const program = ts.createProgram(files, options)
  const found = files.flatMap(file => {
    const source = program.getSourceFile(file)
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  })
  return found.map(({ file, start, messageText }) => {
    const { line } = file.getLineAndCharacterOfPosition(start)
    return `${file.fileName}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
  })
}

/** What an example says it prints: the comments behind its console.log calls. */
const promised = text => [...text.matchAll(/console\.log\(.*\) *\/\/ (.*)$/gm)].map(match => match[1]).join(', ')
const printed = text => text.split(/\s*[,\n]\s*/).filter(Boolean)

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  for (const { file, text } of blocks) writeFileSync(`${folder}/${file}.ts`, `${text}\nexport {}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => vi.restoreAllMocks())

describe('examples of the pages', () => {
  it('every one says what it is', () => {
    expect(blocks.filter(({ kind }) => kind === 'run').length).toBeGreaterThan(4)
    const unmarked = blocks.filter(({ kind }) => !kinds.includes(kind))
    expect(unmarked.map(({ page, line }) => `${page}:${line}`)).toEqual([])
  })

  it('every one compiles', () => {
    const files = kind => blocks.filter(block => kind(block.kind)).map(({ file }) => `${folder}/${file}.ts`)
    expect(
      compile(
        files(kind => kind !== 'worker'),
        ['node'],
      ),
    ).toEqual([])
    const ambient = `${folder}/ambient.d.ts`
    writeFileSync(ambient, workerGlobals)
    expect(compile([...files(kind => kind === 'worker'), ambient], ['workerd'])).toEqual([])
    writeFileSync(`${folder}/wrong.ts`, "import { createNode } from 'hyphae'\nawait createNode({ listen: 5 })\n")
    expect(compile([`${folder}/wrong.ts`], ['node'])[0]).toContain('not assignable')
  }, 120_000)

  it.each(blocks.filter(({ kind }) => kind === 'run'))(
    '$page:$line prints what it promises',
    async ({ file, text }) => {
      const lines = []
      vi.spyOn(console, 'log').mockImplementation((...args) => void lines.push(format(...args)))
      let runnable = text
      for (const [name, source] of Object.entries(sourcesBy(['node'], 'default')))
        runnable = runnable.replaceAll(`from '${name}'`, `from '${source}'`)
      const path = `${folder}/${file}.run.ts`
      writeFileSync(path, runnable)
      await import(path)
      expect(printed(promised(text)).length).toBeGreaterThan(0)
      expect(printed(lines.join('\n'))).toEqual(printed(promised(text)))
    },
    30_000,
  )
})

/** What workerd has beside web standards, as far as the examples use it. */
const workerGlobals = `
declare class WebSocketPair {
  0: WebSocket
  1: WebSocket & { accept(): void }
}
interface ResponseInit { webSocket?: WebSocket | null }
`
