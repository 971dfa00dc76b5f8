import { HyphaeError } from '../../core/errors.js'
import type { Store } from '../../index.js'

const COUNT_BYTES = 8
const INBOX = 'inbox/'

/**
 * A store that keeps the state of an application together with what its node has received: one write holds both, so that
 * after a crash either both know of a message or neither does. That is what makes "handled exactly once" true for what
 * the handler did, too. The application here counts: its state is the number of the next message.
 */
export class Ledger implements Store {
  /** Number of the next message; what a handler has done so far. */
  next = 0
  /** `next` as it stood in the last write that is durable. */
  durable = 0
  private dead = false
  private writing: Promise<unknown> = Promise.resolve()

  constructor(private readonly inner: Store) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    const value = await this.inner.get(key)
    if (value === undefined || !key.startsWith(INBOX)) return value
    this.next = Number(new DataView(value.buffer, value.byteOffset).getBigUint64(0))
    this.durable = this.next
    return value.slice(COUNT_BYTES)
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    if (this.dead) throw dead()
    if (!key.startsWith(INBOX)) return this.inner.put(key, value)
    // The state as of this very call: the node asks for the write in the turn in which the handler ended.
    const { next } = this
    const both = new Uint8Array(COUNT_BYTES + value.length)
    new DataView(both.buffer).setBigUint64(0, BigInt(next))
    both.set(value, COUNT_BYTES)
    const write = this.inner.put(key, both)
    this.writing = write.catch(() => undefined)
    await write
    // A write that was under way when the process died may well have reached the disk; its caller never hears of it.
    if (this.dead) throw dead()
    this.durable = next
  }

  async delete(key: string): Promise<void> {
    if (this.dead) throw dead()
    await this.inner.delete(key)
  }

  list(prefix: string): Promise<string[]> {
    return this.inner.list(prefix)
  }

  async close(): Promise<void> {
    await this.inner.close()
  }

  /** The process dies: from now on nothing is written. Resolves when what the system had already taken is on the disk. */
  async die(): Promise<void> {
    this.dead = true
    await this.writing
  }
}

function dead(): HyphaeError {
  return new HyphaeError('STORE_FAILED', 'the process of this store is dead')
}
