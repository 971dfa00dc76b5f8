import ts from 'typescript'
import { lineOf, walk } from '../lib/syntax.mjs'

const markers = /\b(TODO|FIXME|XXX|HACK)\b/
const runners = new Set(['it', 'test', 'describe', 'suite', 'bench'])
const loosened = new Set(['only', 'skip', 'todo', 'fails'])

/**
 * Work left open in comments, and tests that are left out, singled out or expected to fail.
 *
 * @param {Map<string, ts.SourceFile>} sources by path in the project
 * @returns {string[]}
 */
export function findLooseEnds(sources) {
  const findings = []
  for (const [file, source] of sources) {
    source.text.split('\n').forEach((line, index) => {
      const marker = isComment(line) && markers.exec(line)
      if (marker) findings.push(`${file}:${index + 1}: ${marker[1]} left open`)
    })
    walk(source, node => {
      if (!ts.isPropertyAccessExpression(node) || !loosened.has(node.name.text)) return
      const first = rootOf(node.expression)
      if (first && runners.has(first)) findings.push(`${file}:${lineOf(source, node)}: ${first}.${node.name.text}`)
    })
  }
  return findings
}

const isComment = line => /(^|\s)(\/\/|\/\*|\*)/.test(line)

const rootOf = node =>
  ts.isIdentifier(node) ? node.text : ts.isPropertyAccessExpression(node) ? rootOf(node.expression) : undefined
