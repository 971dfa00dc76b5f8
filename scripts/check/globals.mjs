import ts from 'typescript'
import { lineOf, walk } from '../lib/syntax.mjs'
import { layerOf, mayUseAmbient } from './layers.mjs'

/** Ambient clocks, timers and randomness. They arrive through ports everywhere but at the edges. */
const ambient = new Set([
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'requestIdleCallback',
])

/** Members of otherwise harmless globals. */
const ambientMembers = { Math: ['random'], crypto: ['getRandomValues', 'randomUUID'] }

/** Imported helpers that draw the machine's randomness behind a port's back. */
const ambientImports = new Set(['randomBytes', 'randomUUID', 'randomFillSync', 'webcrypto'])

const globalObjects = new Set(['globalThis', 'window', 'self', 'global'])

/**
 * Uses of clocks, timers and randomness outside the edges, and of async code in the pure layers.
 *
 * @param {Map<string, ts.SourceFile>} sources by path under src/
 * @returns {string[]}
 */
export function findBannedGlobals(sources) {
  const findings = []
  for (const [file, source] of sources) {
    const report = (node, what) => findings.push(`src/${file}:${lineOf(source, node)}: ${what}`)
    if (!mayUseAmbient(file)) findAmbient(source, report)
    const layer = layerOf(file)
    if (layer?.pure) findAsync(source, layer.promises, report)
  }
  return findings
}

function findAmbient(source, report) {
  const own = declaredNames(source)
  const belongs = 'comes through a port (allowed in platform/, cli/, server/)'
  walk(source, node => {
    if (ts.isImportSpecifier(node) && ambientImports.has((node.propertyName ?? node.name).text) && !node.isTypeOnly) {
      report(node, `${node.name.text} ${belongs}`)
    }
    const name = globalName(node, own)
    if (name && ambient.has(name)) report(node, `${name} ${belongs}`)
    else if (name && name in ambientMembers) checkMember(node, name, what => report(node, `${what} ${belongs}`))
  })
}

/** `Math.random`, `Math['random']` and Math or crypto handed on whole, where nobody can see what is done with them. */
function checkMember(node, name, report) {
  const parent = node.parent
  const reads = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent)
  if (!reads || parent.expression !== node) {
    if (!ts.isTypeNode(parent) && !ts.isTypeQueryNode(parent)) report(`${name} handed on whole`)
    return
  }
  const member = memberName(parent)
  if (member === undefined || ambientMembers[name].includes(member)) report(`${name}.${member ?? '[computed]'}`)
}

const memberName = node =>
  ts.isPropertyAccessExpression(node)
    ? node.name.text
    : ts.isStringLiteralLike(node.argumentExpression)
      ? node.argumentExpression.text
      : undefined

/** The name of the global a node stands for: a bare identifier that the file does not declare, or globalThis.name. */
function globalName(node, own) {
  if (ts.isIdentifier(node)) return isReference(node) && !own.has(node.text) ? node.text : undefined
  const reads = ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)
  if (!reads || !ts.isIdentifier(node.expression)) return undefined
  return globalObjects.has(node.expression.text) && !own.has(node.expression.text) ? memberName(node) : undefined
}

/** Whether an identifier refers to something, rather than naming a member, a key or a declaration. */
function isReference(node) {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node
  if (ts.isQualifiedName(parent)) return parent.left === node
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node
  if (ts.isShorthandPropertyAssignment(parent)) return true
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isBindingElement(parent)) {
    return ts.isBindingElement(parent) && parent.initializer === node
  }
  return parent.name !== node
}

/** Names that the file binds itself (imports, variables, parameters, functions): those are not the globals. */
function declaredNames(source) {
  const names = new Set()
  walk(source, node => {
    const binds =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node)
    // `declare const setTimeout` only names the global to the compiler.
    if (binds && node.name && ts.isIdentifier(node.name) && !isAmbientDeclaration(node)) names.add(node.name.text)
  })
  return names
}

const isAmbientDeclaration = node => Boolean(ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Ambient)

function findAsync(source, promiseTypes, report) {
  const belongs = 'has no place in a pure layer: nothing there waits'
  walk(source, node => {
    const asynchronous = ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(isAsyncKeyword)
    if (asynchronous) report(node, `async ${belongs}`)
    else if (ts.isAwaitExpression(node)) report(node, `await ${belongs}`)
    else if (ts.isForOfStatement(node) && node.awaitModifier) report(node, `for await ${belongs}`)
    else if (ts.isIdentifier(node) && /^Promise(Like)?$/.test(node.text) && isReference(node)) {
      if (!(promiseTypes && ts.isTypeReferenceNode(node.parent))) report(node, `${node.text} ${belongs}`)
    }
  })
}

const isAsyncKeyword = modifier => modifier.kind === ts.SyntaxKind.AsyncKeyword
