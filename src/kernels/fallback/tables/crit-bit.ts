/** Levels of a trie over 256 bits. */
const LEVELS = 256
/** Up to so many ids their nodes fit into the nearest cache, in whatever order. */
const FEW = 2048
/** Words of an id. */
const WORDS = 8

/**
 * A crit-bit trie over ids of eight big-endian words: a node for each bit at which ids part, a leaf for each id. Below a node all
 * ids agree in the bits before the node's; so the branch that has the target's bit there holds the nearer ids, and a walk
 * that takes it first meets the ids in exact order of XOR distance. A child is a node, or a slot in one's complement.
 */
export class CritBitTrie {
  /** The id that the calls work on. */
  readonly key = new Uint32Array(WORDS)
  private root = 0
  private usedNodes = 0
  private freeNode = -1
  /** Nodes made since all were last put in order. */
  private stray = 0
  private readonly stack = new Int32Array(LEVELS)
  private bits: Uint8Array
  private children: Int32Array
  private ids: Uint32Array

  constructor(capacity: number) {
    this.bits = new Uint8Array(capacity)
    this.children = new Int32Array(2 * capacity)
    this.ids = new Uint32Array(WORDS * capacity)
  }

  /** Makes room for more. */
  enlarge(capacity: number): void {
    const { bits, children, ids } = this
    this.bits = new Uint8Array(capacity)
    this.children = new Int32Array(2 * capacity)
    this.ids = new Uint32Array(WORDS * capacity)
    this.bits.set(bits)
    this.children.set(children)
    this.ids.set(ids)
  }

  /** Forgets everything. */
  clear(): void {
    this.stray = 0
    this.usedNodes = 0
    this.freeNode = -1
  }

  /** Reads `id[at, at + 32)` into the key. */
  takeKey(id: Uint8Array, at: number): void {
    const { key } = this
    for (let i = 0, from = at; i < WORDS; i++, from += 4) {
      key[i] = (id[from] << 24) | (id[from + 1] << 16) | (id[from + 2] << 8) | id[from + 3]
    }
  }

  /** Makes the id of a slot the key. */
  takeSlot(slot: number): void {
    const from = slot * WORDS
    for (let i = 0; i < WORDS; i++) this.key[i] = this.ids[from + i]
  }

  /** Writes the id of a slot to `out[at, at + 32)`. */
  give(slot: number, out: Uint8Array, at: number): void {
    for (let i = 0, to = at; i < WORDS; i++, to += 4) {
      const word = this.ids[slot * WORDS + i]
      out[to] = word >>> 24
      out[to + 1] = word >>> 16
      out[to + 2] = word >>> 8
      out[to + 3] = word
    }
  }

  /** The slot of the id that shares most with the key, or is it. The trie is not empty. */
  nearest(): number {
    const { bits, children, key } = this
    let child = this.root
    while (child >= 0) {
      const bit = bits[child]
      child = children[2 * child + ((key[bit >>> 5] >>> ~bit) & 1)]
    }
    return ~child
  }

  /** The first bit in which the key differs from the id of a slot; 256 when it is that id. */
  parting(slot: number): number {
    return firstDifference(this.key, this.ids, slot * WORDS)
  }

  /** Gives the key to a slot as the only id. */
  plant(slot: number): void {
    this.ids.set(this.key, slot * WORDS)
    this.root = ~slot
  }

  /** Gives the key to a slot; `parting` is the first bit in which it differs from the nearest id. */
  link(slot: number, parting: number): void {
    const { bits, children, key } = this
    this.ids.set(key, slot * WORDS)
    let above = -1
    let child = this.root
    while (child >= 0 && bits[child] < parting) {
      const bit = bits[child]
      above = 2 * child + ((key[bit >>> 5] >>> ~bit) & 1)
      child = children[above]
    }
    const node = this.takeNode()
    const own = 2 * node + ((key[parting >>> 5] >>> ~parting) & 1)
    bits[node] = parting
    children[own] = ~slot
    children[own ^ 1] = child
    if (above < 0) this.root = node
    else children[above] = node
  }

  /** Takes out the leaf of the key, which is there and not the only one. */
  unlink(): void {
    const { bits, children, key } = this
    let above = -1
    let at = -1
    let child = this.root
    while (child >= 0) {
      const bit = bits[child]
      above = at
      at = 2 * child + ((key[bit >>> 5] >>> ~bit) & 1)
      child = children[at]
    }
    const sibling = children[at ^ 1]
    if (above < 0) this.root = sibling
    else children[above] = sibling
    const node = at >>> 1
    children[2 * node] = this.freeNode
    this.freeNode = node
  }

  /** Writes the slots of the `count` (at least 1) ids nearest to the key to `out`, from `at` on; how many. Not empty. */
  walk(count: number, out: Int32Array, at: number): number {
    const { bits, children, key, stack } = this
    const end = at + count
    let depth = 0
    let to = at
    let child = this.root
    for (;;) {
      while (child >= 0) {
        const bit = bits[child]
        const near = 2 * child + ((key[bit >>> 5] >>> ~bit) & 1)
        stack[depth++] = children[near ^ 1]
        child = children[near]
      }
      out[to++] = ~child
      if (to === end || depth === 0) return to - at
      child = stack[--depth]
    }
  }

  /**
   * Puts the nodes in the order of a walk from left to right when more than a quarter of them are new since that was last
   * done: what a walk visits last, the many small subtrees, then lies in a few lines of the cache.
   */
  arrange(size: number): void {
    if (size <= FEW || 4 * this.stray <= size) return
    const { bits, children, stack } = this
    const newBits = new Uint8Array(bits.length)
    const newChildren = new Int32Array(children.length)
    let index = 0
    let depth = 0
    let above = -1
    let child = this.root
    for (;;) {
      while (child >= 0) {
        if (above >= 0) newChildren[above] = index
        newBits[index] = bits[child]
        newChildren[2 * index + 1] = children[2 * child + 1]
        above = 2 * index++
        stack[depth++] = above + 1
        child = children[2 * child]
      }
      newChildren[above] = child
      if (depth === 0) break
      above = stack[--depth]
      child = newChildren[above]
    }
    this.bits = newBits
    this.children = newChildren
    this.root = 0
    this.usedNodes = index
    this.freeNode = -1
    this.stray = 0
  }

  private takeNode(): number {
    this.stray++
    const node = this.freeNode
    if (node < 0) return this.usedNodes++
    this.freeNode = this.children[2 * node]
    return node
  }
}

/** The first bit in which eight words differ from eight of `ids`; 256 when they are equal. */
export function firstDifference(words: Uint32Array, ids: Uint32Array, from: number): number {
  for (let i = 0; i < WORDS; i++) {
    const difference = words[i] ^ ids[from + i]
    if (difference !== 0) return 32 * i + Math.clz32(difference)
  }
  return 256
}
