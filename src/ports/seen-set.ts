/** How a {@link SeenSet} is made. */
export interface SeenSetOptions {
  /** 16 random bytes of this node; copied. Nobody else may know them, or ids could be made to collide. */
  readonly key: Uint8Array
  /** Bytes of an id, 1 to 64. Default 32. */
  readonly idBytes?: number
  /** Ids in a generation, 1 to 4,194,304. Default 65,536. Two generations are held; about 43 bytes an id in all. */
  readonly capacity?: number
  /** How long an id is remembered at least, ms. Default 120,000. */
  readonly ttlMs?: number
}

/**
 * Ids that were seen lately, so that a message that comes over many links is looked at once. Time is passed in, in
 * milliseconds of a clock that does not go back.
 *
 * **What it remembers.** Two generations: new ids go into the young one. Once that has been open for `ttlMs`, or is full, it becomes
 * the old one and what was old is forgotten. So an id is remembered for `ttlMs` to twice that, and memory never grows.
 *
 * **Under a flood** generations fill before their time: then at least the newest `capacity` ids are remembered, for as long
 * as it takes to see that many others, and `earlyRotations` counts. An id can then come back as new; nothing else changes.
 *
 * **How sure it is.** It keeps 16-byte fingerprints, SipHash-2-4-128 under the key. An id that was not seen is called seen when
 * its fingerprint is one of up to 2 × capacity ≤ 2^23 others: a chance of at most 2^-105. Without the key nobody can
 * do better than guess.
 *
 * An id given as `(bytes, at)` is `bytes[at, at + idBytes)`. Ranges outside their arrays throw INVALID_ARGUMENT. Every call
 * after `free` throws INTERNAL.
 *
 * @example
 * ```ts
 * const seen = kernels.tables.seen({ key: random(16), ttlMs: 120_000 })
 * if (seen.insert(messageId, nowMs)) verifyAndForward(message)
 * const fresh = new Uint8Array(256)
 * seen.insertBatch(ids, ids.length / 32, fresh, nowMs)
 * seen.free()
 * ```
 */
export interface SeenSet {
  /** Ids in a generation. */
  readonly capacity: number
  /** Ids remembered, of both generations. */
  readonly size: number
  /** Generations that ended because they were full before their time. */
  readonly earlyRotations: number
  /** Remembers an id; true when it is new. */
  insert(id: Uint8Array, nowMs: number, at?: number): boolean
  /**
   * Remembers ids number 0 to `count` − 1, as if inserted one after the other.
   *
   * @param ids - id number i is at `i × stride`
   * @param fresh - gets 1 at i when id number i is new, else 0
   * @param stride - default `idBytes`
   * @returns how many are new
   */
  insertBatch(ids: Uint8Array, count: number, fresh: Uint8Array, nowMs: number, stride?: number): number
  /** Whether an id is remembered. */
  has(id: Uint8Array, nowMs: number, at?: number): boolean
  /** Forgets every id. */
  clear(): void
  /** Gives the memory back; a second time does nothing. */
  free(): void
}
