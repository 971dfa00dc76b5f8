import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { anchorsOf, codeBlocks, linksOf, namedFiles, readPages } from '../../scripts/docs/pages.mjs'
import { at, readJson } from '../../scripts/lib/project.mjs'

const pages = readPages()

/** Why a link of a page leads nowhere; undefined where it leads somewhere. */
function broken(page, link) {
  if (/^(https?|mailto):/.test(link)) return undefined
  const [path, anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(at(target))) return `${page}: ${link} does not exist`
  if (anchor === undefined || !target.endsWith('.md')) return undefined
  return anchorsOf(readFileSync(at(target), 'utf8')).has(anchor) ? undefined : `${page}: ${link} has no such heading`
}

it('every relative link of every page leads somewhere', () => {
  const links = [...pages].flatMap(([page, text]) => linksOf(text).map(link => [page, link]))
  expect(links.length).toBeGreaterThan(20)
  expect(links.map(([page, link]) => broken(page, link)).filter(Boolean)).toEqual([])
})

it('every file that a page names exists', () => {
  const named = [...pages].flatMap(([page, text]) => namedFiles(text).map(file => [page, file]))
  expect(named.length).toBeGreaterThan(50)
  expect(named.filter(([, file]) => !existsSync(at(file)))).toEqual([])
})

it('every npm script that a page tells to run exists', () => {
  const { scripts } = readJson(at('package.json'))
  const told = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/npm run ([\w:-]+)/g)].map(match => [page, match[1]]),
  )
  expect(told.length).toBeGreaterThan(5)
  expect(told.filter(([, script]) => scripts[script] === undefined)).toEqual([])
})

it('a broken link, a missing heading and a missing file are found', () => {
  const page = '# One two\n[a](nowhere.md) [b](#one-two) `src/no/such.ts` `npm test`\n```ts run x\n[c](d)\n```\n'
  expect(linksOf(page)).toEqual(['nowhere.md', '#one-two'])
  expect(broken('README.md', 'nowhere.md')).toContain('does not exist')
  expect(broken('README.md', '#nowhere-at-all')).toContain('no such heading')
  expect(namedFiles(page)).toEqual(['src/no/such.ts'])
  expect(anchorsOf(page).has('one-two')).toBe(true)
  expect(codeBlocks(page)).toEqual([{ language: 'ts', words: ['run', 'x'], text: '[c](d)\n', line: 3 }])
})
