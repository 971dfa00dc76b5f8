/** A small key-value store for identities, receive states and what is known of peers' identities. Keys are short ASCII texts with `/` between parts. */
export interface Store {
  /** The value, or undefined. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Writes durably: after the promise resolves a crash does not lose the value, and a torn write is never visible. */
  put(key: string, value: Uint8Array): Promise<void>
  /** Removes a key; nothing happens where there is none. */
  delete(key: string): Promise<void>
  /** Keys that begin with `prefix`, in ascending order. */
  list(prefix: string): Promise<string[]>
  /** Releases what the store holds open. */
  close(): Promise<void>
}
