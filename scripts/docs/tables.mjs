// node scripts/docs/tables.mjs: writes the tables of docs/errors.md and docs/limits.md anew from src/core, keeping what
// people wrote beside them. A test holds the files equal to the result, so that they cannot drift from the code.
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { at } from '../lib/project.mjs'
import { parse } from '../lib/syntax.mjs'

const BEGIN = '<!-- table: written by scripts/docs/tables.mjs -->'
const END = '<!-- end of table -->'

/** The members of `export const NAME = { … } as const`, each with the comment before it. */
function membersOf(file, text, name) {
  const source = parse(file, text)
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue
    const declared = statement.declarationList.declarations.find(one => one.name.getText(source) === name)
    const object =
      declared?.initializer && ts.isAsExpression(declared.initializer) ? declared.initializer.expression : undefined
    if (object && ts.isObjectLiteralExpression(object)) return object.properties.map(one => memberOf(source, one))
  }
  throw new Error(`${file} has no ${name}`)
}

function memberOf(source, property) {
  const comments = ts.getLeadingCommentRanges(source.text, property.getFullStart()) ?? []
  const comment = comments.map(range => source.text.slice(range.pos, range.end)).join(' ')
  return {
    name: property.name.getText(source),
    value: property.initializer.getText(source),
    comment: comment
      .replace(/\/\*\*|\*\/|^\s*\*/gm, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  }
}

/** Codes with the remedy of the code, in the order of the source. */
export function errorCodes(text = readFileSync(at('src/core/errors.ts'), 'utf8')) {
  return membersOf('errors.ts', text, 'ERROR_CODES').map(({ name, value }) => ({ name, remedy: value.slice(1, -1) }))
}

/** Limits with value and comment, in the order of the source. */
export function limits(text = readFileSync(at('src/core/limits.ts'), 'utf8')) {
  return membersOf('limits.ts', text, 'LIMITS').map(({ name, value, comment }) => ({
    name,
    value: product(value),
    comment,
  }))
}

/** The value of a number, a product or a power of numbers as the source writes it. */
function product(expression) {
  const number = text => {
    const [base, exponent] = text.split('**').map(part => Number(part.trim().replaceAll('_', '')))
    return exponent === undefined ? base : base ** exponent
  }
  const value = expression.split(/(?<!\*)\*(?!\*)/).reduce((all, factor) => all * number(factor), 1)
  if (!Number.isFinite(value)) throw new Error(`not a number: ${expression}`)
  return value.toLocaleString('en')
}

/** What people wrote about each code in a page. */
export function meanings(page) {
  const rows = page.matchAll(/^\| `([A-Z_]+)` \| (.*?) \| .*\|$/gm)
  return new Map([...rows].map(([, code, meaning]) => [code, meaning]))
}

const cell = text => text.replaceAll('|', '\\|')

function between(page, table) {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error(`the page has no place for its table: ${BEGIN} … ${END}`)
  return `${page.slice(0, from + BEGIN.length)}\n${table.join('\n')}\n${page.slice(to)}`
}

/** docs/errors.md with its table renewed; a new code gets an empty meaning, which the test refuses. */
export function errorsPage(page, codes = errorCodes()) {
  const known = meanings(page)
  const rows = codes.map(({ name, remedy }) => `| \`${name}\` | ${known.get(name) ?? ''} | ${cell(remedy)} |`)
  return between(page, ['| code | what happened | what to do |', '|---|---|---|', ...rows])
}

/** docs/limits.md with its table renewed. */
export function limitsPage(page, all = limits()) {
  const rows = all.map(({ name, value, comment }) => `| \`${name}\` | ${value} | ${cell(comment)} |`)
  return between(page, ['| name | value | what it bounds |', '|---|---|---|', ...rows])
}

/** The pages that carry tables, each with what renews it. */
export const pages = [
  ['docs/errors.md', errorsPage],
  ['docs/limits.md', limitsPage],
]

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [file, renew] of pages) {
    const before = readFileSync(at(file), 'utf8')
    const after = renew(before)
    if (after !== before) writeFileSync(at(file), after)
    console.log(`${file}: ${after === before ? 'current' : 'written'}`)
  }
}
