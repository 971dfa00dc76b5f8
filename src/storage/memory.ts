import type { Store } from '../ports/store.js'
import { checkStoreKey, storeClosed } from './key.js'

/**
 * A store that lasts as long as the process. Values are copied in and out.
 *
 * @example
 * ```ts
 * const node = await createNode({ store: createMemoryStore() })
 * ```
 */
export function createMemoryStore(): Store {
  return new MemoryStore()
}

class MemoryStore implements Store {
  readonly #values = new Map<string, Uint8Array>()
  #closed = false

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#check(key)
    return this.#values.get(key)?.slice()
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    this.#check(key)
    // A Buffer's slice would share the memory.
    this.#values.set(key, Uint8Array.from(value))
  }

  async delete(key: string): Promise<void> {
    this.#check(key)
    this.#values.delete(key)
  }

  async list(prefix: string): Promise<string[]> {
    if (this.#closed) throw storeClosed()
    return [...this.#values.keys()].filter(key => key.startsWith(prefix)).sort()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#values.clear()
  }

  #check(key: string): void {
    if (this.#closed) throw storeClosed()
    checkStoreKey(key)
  }
}
