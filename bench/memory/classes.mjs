// What a heap is made of: a V8 heap snapshot, summed up by class. What V8 keeps for an object beside it (elements,
// properties, numbers, the bytes of a buffer) counts for the object that holds it.
import { getHeapSnapshot } from 'node:v8'

/** Kinds of nodes that stand for something a program made; all others belong to one of these. */
const OWNERS = new Set(['object', 'closure', 'native', 'string', 'concatenated string', 'sliced string', 'code'])

async function readSnapshot() {
  const parts = []
  for await (const part of getHeapSnapshot()) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString('utf8'))
}

/** For each node the one by which it is reached first from the roots, and the order of that walk. */
function walk({ nodes, edges }, meta) {
  const { count, fields, edgeFields, edgeCountAt, toAt } = meta
  const firstEdge = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) firstEdge[i + 1] = firstEdge[i] + nodes[i * fields + edgeCountAt]
  const parent = new Int32Array(count).fill(-1)
  const parentEdge = new Int32Array(count).fill(-1)
  const order = new Uint32Array(count)
  let end = 1
  parent[0] = 0
  for (let at = 0; at < end; at++) {
    const from = order[at]
    for (let edge = firstEdge[from]; edge < firstEdge[from + 1]; edge++) {
      const to = edges[edge * edgeFields + toAt] / fields
      if (parent[to] !== -1) continue
      parent[to] = from
      parentEdge[to] = edge
      order[end++] = to
    }
  }
  return { parent, parentEdge, order: order.subarray(0, end) }
}

/** Objects that say little by their class alone: they are named after whoever holds them. */
const NAMELESS = new Set(['Object', 'Array', 'Map', 'Set', 'Uint8Array', 'Uint32Array', 'Float64Array', 'ArrayBuffer'])
const MAX_DEPTH = 4

/**
 * The classes of this process' heap; those of the language are named with their holders, `Uint8Array ← .key ← Box`.
 *
 * @returns {Promise<Record<string, { count: number, bytes: number }>>} by the name of the class or kind
 */
export async function heapClasses() {
  const snapshot = await readSnapshot()
  const { node_fields, node_types, edge_fields, edge_types } = snapshot.snapshot.meta
  const fields = node_fields.length
  const meta = {
    count: snapshot.nodes.length / fields,
    fields,
    edgeFields: edge_fields.length,
    edgeCountAt: node_fields.indexOf('edge_count'),
    toAt: edge_fields.indexOf('to_node'),
  }
  const [typeAt, nameAt, sizeAt] = ['type', 'name', 'self_size'].map(name => node_fields.indexOf(name))
  const [edgeTypeAt, edgeNameAt] = ['type', 'name_or_index'].map(name => edge_fields.indexOf(name))
  const { nodes, edges, strings } = snapshot
  const { parent, parentEdge, order } = walk(snapshot, meta)
  const typeOf = node => node_types[typeAt][nodes[node * fields + typeAt]]
  const nameOf = node => strings[nodes[node * fields + nameAt]]
  const owner = new Int32Array(meta.count)

  const edgeName = node => {
    const at = parentEdge[node] * meta.edgeFields
    const type = edge_types[edgeTypeAt][edges[at + edgeTypeAt]]
    if (type !== 'property' && type !== 'context' && type !== 'internal') return ''
    const name = strings[edges[at + edgeNameAt]]
    return /^\d+$/.test(name) ? '' : `.${name}`
  }
  const label = (node, depth = 0) => {
    const type = typeOf(node)
    if (type !== 'object') return labelOf(type, nameOf(node))
    if (node === 0 || !NAMELESS.has(nameOf(node)) || depth === MAX_DEPTH) return nameOf(node)
    const holder = owner[parent[node]]
    return `${nameOf(node)} ← ${edgeName(node)} ${label(holder, depth + 1)}`
  }
  const labels = new Map()
  const classes = {}
  for (const node of order) {
    const isData = typeOf(node) === 'native' && nameOf(node) === 'system / JSArrayBufferData'
    owner[node] = OWNERS.has(typeOf(node)) && !isData ? node : owner[parent[node]]
    const own = owner[node]
    if (!labels.has(own)) labels.set(own, label(own))
    const entry = (classes[labels.get(own)] ??= { count: 0, bytes: 0 })
    if (own === node) entry.count++
    entry.bytes += nodes[node * fields + sizeAt]
  }
  return classes
}

function labelOf(type, name) {
  if (type === 'closure') return `() ${name}`
  return type.includes('string') ? '(string)' : `(${type})`
}

/** What `after` has more than `before`, for each of `units`: the largest first. */
export function moreClasses(before, after, units, most = 200) {
  return Object.entries(after)
    .map(([name, { count, bytes }]) => ({
      class: name,
      count: (count - (before[name]?.count ?? 0)) / units,
      bytes: (bytes - (before[name]?.bytes ?? 0)) / units,
    }))
    .filter(row => Math.abs(row.bytes) >= 4)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, most)
}
