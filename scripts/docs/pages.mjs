// What the tests of the documentation read: pages, their links, their code, the files they name.
import { readFileSync } from 'node:fs'
import { at, filesUnder, relativePath } from '../lib/project.mjs'

const isPage = file => file.endsWith('.md')

/** Every page people write, by its path in the project. The generated reference under docs/api is none. */
export function readPages() {
  const top = ['README.md', 'CONTRIBUTING.md'].map(file => at(file))
  const folders = ['docs', 'src', 'assembly', 'examples', 'bench'].flatMap(folder => filesUnder(at(folder), isPage))
  const files = [...top, ...folders].map(file => relativePath(file)).filter(file => !file.startsWith('docs/api/'))
  return new Map(files.map(file => [file, readFileSync(at(file), 'utf8')]))
}

const FENCE = /^```(\S*)[ \t]*(.*)\n([\s\S]*?)^```$/gm

/** A page without its blocks of code, which hold no links. */
export const prose = page => page.replace(FENCE, '')

/** Blocks of code: language, the words behind it, the text, the line they begin in. */
export function codeBlocks(page) {
  return [...page.matchAll(FENCE)].map(({ 1: language, 2: words, 3: text, index }) => ({
    language,
    words: words.split(/\s+/).filter(Boolean),
    text,
    line: page.slice(0, index).split('\n').length,
  }))
}

/** Targets of the links of a page, as written. */
export const linksOf = page =>
  [
    ...prose(page)
      .replace(/`[^`\n]*`/g, '')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(match => match[1])

/** The anchors that headings make, as GitHub forms them. */
export function anchorsOf(page) {
  const headings = [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(match => match[1])
  return new Set(
    headings.map(heading =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

const ROOTS = ['src', 'test', 'scripts', 'docs', 'bench', 'assembly', 'wasm', 'examples']

/** Names of files and folders of the project in a page's inline code. Patterns and the generated reference name none. */
export function namedFiles(page) {
  const words = [...prose(page).matchAll(/`([^`\n]+)`/g)].map(match => match[1])
  return words.filter(
    word =>
      /^[\w.-]+(\/[\w.-]+)*\/?$/.test(word) &&
      ROOTS.includes(word.split('/')[0]) &&
      word.includes('/') &&
      !word.startsWith('docs/api'),
  )
}
