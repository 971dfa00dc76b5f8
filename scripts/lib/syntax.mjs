import { readFileSync } from 'node:fs'
import ts from 'typescript'

/** Parses a file without type information: enough for every rule here, and quick. */
export const parse = (name, text) => ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true)

export const parseFile = (file, name) => parse(name, readFileSync(file, 'utf8'))

/** Calls `visit` for every node of a tree, parents first. */
export function walk(node, visit) {
  visit(node)
  ts.forEachChild(node, child => walk(child, visit))
}

/** One-based line of a node, for messages. */
export const lineOf = (source, node) => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1

const isTypeOnly = (clause, named) =>
  Boolean(clause?.isTypeOnly) ||
  (!clause?.name && Boolean(named?.elements?.length) && named.elements.every(element => element.isTypeOnly))

/**
 * Every module a file names: imports, re-exports, dynamic imports, `import('x').Type` and require calls.
 *
 * @returns {{ specifier: string | undefined, typesOnly: boolean, line: number }[]} `specifier` is undefined where it is computed
 */
export function importsOf(source) {
  const found = []
  const add = (node, specifier, typesOnly) =>
    found.push({
      specifier: specifier && ts.isStringLiteralLike(specifier) ? specifier.text : undefined,
      typesOnly,
      line: lineOf(source, node),
    })
  walk(source, node => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, isTypeOnly(node.importClause, node.importClause?.namedBindings))
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node, node.moduleSpecifier, node.isTypeOnly || isTypeOnly(undefined, node.exportClause))
    } else if (ts.isImportTypeNode(node)) {
      add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true)
    } else if (ts.isCallExpression(node)) {
      const dynamic = node.expression.kind === ts.SyntaxKind.ImportKeyword
      const required = ts.isIdentifier(node.expression) && node.expression.text === 'require'
      if (dynamic || required) add(node, node.arguments[0], false)
    } else if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
      add(node, node.moduleReference.expression, node.isTypeOnly)
    }
  })
  return found
}
