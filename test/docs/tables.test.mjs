import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { errorCodes, errorsPage, limits, limitsPage, meanings, pages } from '../../scripts/docs/tables.mjs'
import { at } from '../../scripts/lib/project.mjs'
import { ERROR_CODES } from '../../src/core/errors.ts'
import { LIMITS } from '../../src/core/limits.ts'

it.each(pages)('%s tells what the code says (node scripts/docs/tables.mjs renews it)', (file, renew) => {
  const page = readFileSync(at(file), 'utf8')
  expect(renew(page)).toBe(page)
})

it('the tables hold every code and every limit as the program has them', () => {
  expect(errorCodes().map(({ name, remedy }) => [name, remedy])).toEqual(Object.entries(ERROR_CODES))
  const values = limits().map(({ name, value }) => [name, Number(value.replaceAll(',', ''))])
  expect(values).toEqual(Object.entries(LIMITS))
})

it('every code has a meaning that a person wrote, every limit a comment', () => {
  const written = meanings(readFileSync(at('docs/errors.md'), 'utf8'))
  expect(errorCodes().filter(({ name }) => (written.get(name) ?? '').length < 10)).toEqual([])
  expect(limits().filter(({ comment }) => comment.length < 10)).toEqual([])
})

it('a code or limit that is added changes the page, and meanings stay', () => {
  const frame = rows => `# x\n<!-- table: written by scripts/docs/tables.mjs -->\n${rows}<!-- end of table -->\n`
  const codes = errorCodes("export const ERROR_CODES = {\n  OLD: 'do',\n  NEW: 'a|b',\n} as const\n")
  const page = errorsPage(frame('| `OLD` | it was so | other |\n'), codes)
  expect(page).toContain('| `OLD` | it was so | do |\n| `NEW` |  | a\\|b |')
  const found = limits('export const LIMITS = {\n  /** Bytes of\n   * it. */\n  most: 2 * 1_024 ** 2,\n} as const\n')
  expect(limitsPage(frame(''), found)).toContain('| `most` | 2,097,152 | Bytes of it. |')
  expect(() => limitsPage('# none', found)).toThrow('no place')
})
