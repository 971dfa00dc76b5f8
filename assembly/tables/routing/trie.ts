import { KEY, STACK } from '../layout'
import { bitOf } from './key'
import {
  CAPACITY,
  CHILD,
  FREE_NODE,
  LEAF,
  NODES,
  NODES_AT,
  nodesOf,
  NO_SLOT,
  ROOT,
  SIZE,
  STRAY,
  USED_NODES,
} from './layout'

// A crit-bit trie: a node for each bit at which ids part, a leaf for each id, no node with one child. Read from left to
// right its leaves are the ids in ascending order. Below a node all ids agree in every bit above the node's; so whichever
// branch has the target's bit there holds the nearer ids, and a walk that takes this branch first meets the ids in
// exact order of their XOR distance. No path has more than 256 nodes, whatever ids an attacker grinds.

/** The slot of the leaf that KEY's bits lead to: the id that shares most with KEY, or is it. The trie is not empty. */
export function descend(table: usize): u32 {
  const nodes = nodesOf(table)
  const top = load<u64>(KEY, 24)
  let child = load<u32>(table, ROOT)
  while (!(child & LEAF)) {
    const node = load<u64>(nodes + ((<usize>child) << 3))
    const bit = node >> 24
    const word = (bit & 0xc0) == 0xc0 ? top : load<u64>(KEY + <usize>((bit & 0xc0) >> 3))
    child = (<u32>(node >> (((word >> bit) & 1) << 5))) & CHILD
  }
  return child ^ LEAF
}

/** Replaces the child at an address; what else is in its word stays. */
function setChild(at: usize, child: u32): void {
  store<u32>(at, (load<u32>(at) & ~CHILD) | child)
}

/** Hangs the slot of KEY into a trie that is not empty, where its bit `bit` parts it from the nearest id. */
export function link(table: usize, slot: u32, bit: u32): void {
  const nodes = nodesOf(table)
  let at = table + ROOT
  let child = load<u32>(at)
  while (!(child & LEAF)) {
    const node = nodes + ((<usize>child) << 3)
    const parts = load<u32>(node) >> 24
    if (parts < bit) break
    at = node + ((<usize>bitOf(KEY, parts)) << 2)
    child = load<u32>(at) & CHILD
  }
  const index = takeNode(table)
  const node = nodes + ((<usize>index) << 3)
  const own = slot | LEAF
  const isOne = bitOf(KEY, bit)
  store<u32>(node, (bit << 24) | (isOne ? child : own))
  store<u32>(node, isOne ? own : child, 4)
  setChild(at, index)
}

/** Takes the leaf of the id at `id`, which is in the trie and not its only one, out of it. */
export function unlink(table: usize, id: usize): void {
  const nodes = nodesOf(table)
  let above = table + ROOT
  let at = above
  let index: u32 = 0
  let child = load<u32>(at)
  while (!(child & LEAF)) {
    above = at
    index = child
    const node = nodes + ((<usize>child) << 3)
    at = node + ((<usize>bitOf(id, load<u32>(node) >> 24)) << 2)
    child = load<u32>(at) & CHILD
  }
  // Nodes lie at multiples of 8: the other child is at the address with bit 2 flipped.
  setChild(above, load<u32>(at ^ 4) & CHILD)
  store<u32>(nodes + ((<usize>index) << 3), load<u32>(table, FREE_NODE))
  store<u32>(table, index, FREE_NODE)
}

function takeNode(table: usize): u32 {
  store<u32>(table, load<u32>(table, STRAY) + 1, STRAY)
  const free = load<u32>(table, FREE_NODE)
  if (free != NO_SLOT) {
    store<u32>(table, load<u32>(nodesOf(table) + ((<usize>free) << 3)), FREE_NODE)
    return free
  }
  const used = load<u32>(table, USED_NODES)
  store<u32>(table, used + 1, USED_NODES)
  return used
}

/** Writes the slots of up to `count` (at least 1) ids to `out`, the nearest to KEY first; how many. The trie is not empty. */
export function walk(table: usize, count: u32, out: usize): u32 {
  const nodes = nodesOf(table)
  const top = load<u64>(KEY, 24)
  const start = out
  const end = out + ((<usize>count) << 2)
  let stack = STACK
  let child = load<u32>(table, ROOT)
  while (true) {
    while (!(child & LEAF)) {
      const node = load<u64>(nodes + ((<usize>child) << 3))
      const bit = node >> 24
      // Among ids that do not share 64 bits every bit asked for is in the highest word.
      const word = (bit & 0xc0) == 0xc0 ? top : load<u64>(KEY + <usize>((bit & 0xc0) >> 3))
      const side = ((word >> bit) & 1) << 5
      store<u32>(stack, (<u32>(node >> (side ^ 32))) & CHILD)
      stack += 4
      child = (<u32>(node >> side)) & CHILD
    }
    store<u32>(out, child ^ LEAF)
    out += 4
    if (out == end || stack == STACK) return (<u32>(out - start)) >> 2
    stack -= 4
    child = load<u32>(stack)
  }
}

/** Up to so many ids their nodes fit into the nearest cache, in whatever order. */
const FEW: u32 = 2048

/**
 * Puts the nodes in the order of a walk from left to right when more than a quarter of them are new since that was last done: what a
 * walk visits last, the many small subtrees, then lies in a few lines of the cache. Costs about 10 ns a node, so at most
 * 40 ns for each insert before.
 */
export function arrange(table: usize): void {
  const size = load<u32>(table, SIZE)
  if (size <= FEW || load<u32>(table, STRAY) << 2 <= size) return
  const from = nodesOf(table)
  const second = <u32>NODES + (load<u32>(table, CAPACITY) << 3)
  const at = load<u32>(table, NODES_AT) == <u32>NODES ? second : <u32>NODES
  store<u32>(table, at, NODES_AT)
  store<u32>(table, copyInOrder(table + ROOT, from, table + at), USED_NODES)
  store<u32>(table, NO_SLOT, FREE_NODE)
  store<u32>(table, 0, STRAY)
}

/** Copies the nodes below the child at `root` from one array to another, each behind its parent and its left; how many. */
function copyInOrder(root: usize, from: usize, to: usize): u32 {
  let index: u32 = 0
  let stack = STACK
  let parent = root
  let child = load<u32>(root)
  while (true) {
    while (!(child & LEAF)) {
      const node = load<u64>(from + ((<usize>child) << 3))
      const copy = to + ((<usize>index) << 3)
      store<u64>(copy, node)
      setChild(parent, index++)
      // The right branch follows when the left one is done; until then the address of its parent is kept.
      store<u32>(stack, <u32>copy + 4)
      stack += 4
      parent = copy
      child = (<u32>node) & CHILD
    }
    if (stack == STACK) return index
    stack -= 4
    parent = load<u32>(stack)
    child = load<u32>(parent) & CHILD
  }
}
