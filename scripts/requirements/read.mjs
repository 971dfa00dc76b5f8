import { readFileSync } from 'node:fs'
import ts from 'typescript'
import { at, filesUnder, relativePath } from '../lib/project.mjs'
import { lineOf, parseFile, walk } from '../lib/syntax.mjs'

const idPattern = /^(?:[A-E]\d+|§6\.\d+)$/

/**
 * Reads the committed list: every table row whose first cell is an id, under the headings above it.
 *
 * @returns {{ id: string, section: string, what: string, by: string }[]}
 */
export function parseRequirements(markdown) {
  const rows = []
  let part = ''
  let section = ''
  for (const line of markdown.split('\n')) {
    if (line.startsWith('## ')) part = section = line.slice(3)
    else if (line.startsWith('### ')) section = `${part.match(/^[A-E]\./)?.[0] ?? '§6'} ${line.slice(4)}`
    const cells = line.split(/(?<!\\)\|/).map(cell => cell.trim())
    if (idPattern.test(cells[1] ?? '')) rows.push({ id: cells[1], section, what: cells[2], by: cells[3] })
  }
  return rows
}

export const readRequirements = () => parseRequirements(readFileSync(at('docs/requirements.md'), 'utf8'))

/** The ids at the start of a title: `[C5, C42] …` → C5 and C42; several brackets may follow one another. */
export function idsOf(title) {
  const brackets = /^(?:\[[^\]]*\]\s*)+/.exec(title)?.[0] ?? ''
  return [...brackets.matchAll(/\[([^\]]*)\]/g)].flatMap(match => match[1].split(/[,\s]+/)).filter(Boolean)
}

const runners = new Set(['it', 'test', 'describe'])
const notRun = new Set(['skip', 'todo'])

/** The chain of names a call is made on: `it.each(rows)` → ['it', 'each']. */
function chainOf(node) {
  if (ts.isIdentifier(node)) return [node.text]
  if (ts.isPropertyAccessExpression(node)) return [...chainOf(node.expression), node.name.text]
  if (ts.isCallExpression(node)) return chainOf(node.expression)
  if (ts.isTaggedTemplateExpression(node)) return chainOf(node.tag)
  return []
}

const textOf = node =>
  ts.isStringLiteralLike(node) ? node.text : ts.isTemplateExpression(node) ? node.head.text : undefined

/** Titles of the tests in a parsed file; those that are skipped prove nothing and are left out. */
export function titlesIn(source, file) {
  const titles = []
  walk(source, node => {
    if (!ts.isCallExpression(node) || node.arguments.length === 0) return
    const chain = chainOf(node.expression)
    if (!runners.has(chain[0]) || chain.some(name => notRun.has(name))) return
    const title = textOf(node.arguments[0])
    if (title) titles.push({ title, file, line: lineOf(source, node), ids: idsOf(title) })
  })
  return titles
}

/**
 * Texts that begin with an id in brackets and are no title themselves: rows of tables that titles are built from.
 * The tests of this reader are left out by the caller, because their samples look the same.
 */
export function titleTextsIn(source, file) {
  const titles = []
  walk(source, node => {
    const text = textOf(node)
    if (text === undefined || !/^\[(?:[A-E]\d+|§6\.\d+)[\],\s]/.test(text)) return
    const { parent } = node
    const isTitle = ts.isCallExpression(parent) && parent.arguments[0] === node
    if (!isTitle) titles.push({ title: text, file, line: lineOf(source, node), ids: idsOf(text) })
  })
  return titles
}

/** Every test title of the project, the runtime suite's and the benchmarks' included. */
export function readTitles() {
  const sources = filesUnder(at('test'), file => /\.(ts|mjs)$/.test(file) && !file.includes('/node_modules/'))
  const inTests = sources.filter(file => !relativePath(file).startsWith('test/repo/') || file.endsWith('.test.mjs'))
  const inBenches = filesUnder(at('bench'), file => /\.bench\.mjs$/.test(file))
  const titles = [...inTests, ...inBenches].flatMap(file => titlesIn(parseFile(file, file), relativePath(file)))
  const inTables = sources.filter(file => !relativePath(file).startsWith('test/repo/'))
  return [...titles, ...inTables.flatMap(file => titleTextsIn(parseFile(file, file), relativePath(file)))]
}

/** Ids in titles that no table knows: a slip of the pen would otherwise prove nothing, silently. */
export function findUnknownIds(titles, requirements) {
  const known = new Set(requirements.map(row => row.id))
  return titles.flatMap(({ ids, file, line }) =>
    ids.filter(id => !known.has(id)).map(id => `${file}:${line}: no requirement is called ${id}`),
  )
}

/** Sets titles against the list. */
export function coverage(requirements, titles) {
  const proofs = new Map()
  for (const { ids, file, line } of titles) {
    for (const id of ids) proofs.set(id, [...(proofs.get(id) ?? []), `${file}:${line}`])
  }
  return requirements.map(row => ({ ...row, tests: proofs.get(row.id) ?? [] }))
}
