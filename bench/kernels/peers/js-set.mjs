import { ID_BYTES, newIds } from '../ids.mjs'
import { mustHold } from '../inputs.mjs'

/** Two generations of the language's own Set, ids as strings of 32 characters: what one writes without thinking. */
export const jsSet = {
  name: 'JS Set',
  runtimes: ['node', 'browser'],
  async load() {
    return { seenInsert, seenHit }
  },
}

function filled({ ids: capacity, count }) {
  const set = new Generations(capacity)
  const ids = newIds(count)
  for (let i = 0; i + count <= capacity; i += count) set.insertBatch(ids.next(), count)
  set.rotate()
  return { set, ids }
}

function seenInsert(parameters) {
  const { set, ids } = filled(parameters)
  return () => set.insertBatch(ids.next(), parameters.count)
}

function seenHit(parameters) {
  const { ids: capacity, count } = parameters
  const { set, ids } = filled(parameters)
  for (let i = 0; i + count <= capacity; i += count) set.insertBatch(ids.next(), count)
  mustHold(set.insertBatch(ids.recent(capacity - count), count) === 0, 'ids that were there are seen')
  return () => set.insertBatch(ids.recent(capacity - count), count)
}

class Generations {
  young = new Set()
  old = new Set()

  constructor(capacity) {
    this.capacity = capacity
  }

  rotate() {
    this.old = this.young
    this.young = new Set()
  }

  insertBatch(ids, count) {
    let fresh = 0
    for (let i = 0; i < count; i++) {
      const id = String.fromCharCode.apply(null, ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES))
      if (this.young.has(id) || this.old.has(id)) continue
      this.young.add(id)
      fresh++
      if (this.young.size >= this.capacity) this.rotate()
    }
    return fresh
  }
}
