import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { HyphaeError } from '../../core/errors.js'
import type { Entry } from './entries.js'

/**
 * Reads the entries of a configuration file.
 *
 * @param file - its name, for errors
 * @throws HyphaeError INVALID_CONFIG with file and line for what is no YAML of sections and keys
 */
export function entriesOfYaml(text: string, file: string): Entry[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const [broken] = [...document.errors, ...document.warnings]
  if (broken !== undefined) throw notYaml(file, lines.linePos(broken.pos[0]).line, broken.message.split('\n')[0])
  const lineOf = (node: unknown): number => lines.linePos((node as Node | null)?.range?.[0] ?? 0).line
  const entries: Entry[] = []
  const { contents } = document
  if (contents === null) return entries
  for (const { key: sectionNode, value: body } of pairsOf(contents, file, lineOf, 'sections')) {
    const section = nameOf(sectionNode, file, lineOf)
    // A section whose keys are all commented out is an empty one.
    if (isScalar(body) && body.value === null) continue
    for (const { key, value } of pairsOf(body, file, lineOf, `keys under ${section}`, sectionNode)) {
      const line = lineOf(key)
      const name = nameOf(key, file, lineOf)
      entries.push({ section, name, value: plain(value, document, file, line), where: `${file}:${line}`, line })
    }
  }
  return entries
}

function pairsOf(
  node: unknown,
  file: string,
  lineOf: (node: unknown) => number,
  what: string,
  at: unknown = node,
): readonly { key: unknown; value: unknown }[] {
  if (isMap(node)) return node.items
  throw notYaml(file, lineOf(at), `${what} are needed here, as name: value`)
}

function nameOf(node: unknown, file: string, lineOf: (node: unknown) => number): string {
  if (isScalar(node) && typeof node.value === 'string') return node.value
  throw notYaml(file, lineOf(node), 'a key must be a plain name')
}

function plain(node: unknown, document: ReturnType<typeof parseDocument>, file: string, line: number): unknown {
  if (node === null || node === undefined) return null
  try {
    // Aliases are resolved here, a hundred at most, so that a small file cannot become a huge value.
    return (node as Node).toJS(document, { maxAliasCount: 100 })
  } catch (error) {
    throw notYaml(file, line, error instanceof Error ? error.message : String(error))
  }
}

function notYaml(file: string, line: number, message: string): HyphaeError {
  return new HyphaeError('INVALID_CONFIG', `${file}:${line}: ${message}`, {
    remedy: 'write sections with keys under them, as docs/cli.md shows',
    details: { file, line },
  })
}
