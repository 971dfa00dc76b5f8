/** How a {@link RoutingTable} is made. */
export interface RoutingTableOptions {
  /** The node's own id, 32 bytes; copied. Buckets are counted from it. It is not in the table unless it is inserted. */
  readonly own: Uint8Array
  /** Most ids it holds, 1 to 1,048,576. Default 4096; 48 bytes each and 4 KiB for the table. */
  readonly capacity?: number
}

/**
 * Ids of 32 bytes by XOR distance, as Kademlia orders them: an index and nothing more. What a contact is, how many may be in a
 * bucket and who may stay is decided by its owner.
 *
 * **Slots.** Each id has a slot, a small number from 0 to `capacity` − 1, under which the owner keeps what it knows of the
 * contact in an array of its own. A slot belongs to its id from `insert` until `remove`, `clear` or `free`; after that it
 * is given to the next id. So the owner clears its array entry when it removes, and whoever kept a slot for later compares
 * the id ({@link RoutingTable.read}) first. `enlarge` changes no slot.
 *
 * **Buckets.** The bucket of an id is the number of leading bits it shares with the own id, 0 to 255, and 256 for the own
 * id itself. Each keeps its slots in the order in which they were seen: `insert` and `touch` make one the newest.
 *
 * **Bounds.** `insert`, `find`, `remove` and `closest` look at no more than 256 nodes, twice for `insert`, plus one a
 * result, whatever ids an attacker picks; all else is constant. No call but the making and `enlarge` allocates.
 *
 * An id given as `(bytes, at)` is `bytes[at, at + 32)`. Ranges outside their arrays throw INVALID_ARGUMENT. Every call
 * after `free` throws INTERNAL.
 *
 * @example
 * ```ts
 * const table = kernels.tables.routing({ own: myId, capacity: 2048 })
 * const contacts: (Contact | undefined)[] = []
 * const slot = table.insert(contact.id)
 * if (slot >= 0) contacts[slot] = contact
 * const nearest = new Int32Array(20)
 * for (let i = 0, n = table.closest(target, nearest); i < n; i++) ask(contacts[nearest[i]])
 * table.free()
 * ```
 */
export interface RoutingTable {
  /** Most ids it holds. */
  readonly capacity: number
  /** Ids it holds. */
  readonly size: number
  /**
   * Puts an id in as the newest of its bucket. One that is there already stays as it is, its place in the bucket too.
   *
   * @returns its slot; −1 when the table is full
   */
  insert(id: Uint8Array, at?: number): number
  /** The slot of an id, −1 when it is not there. */
  find(id: Uint8Array, at?: number): number
  /** Takes out the id of a slot; false when the slot has none. */
  remove(slot: number): boolean
  /** Makes a slot the newest of its bucket; false when it has no id. */
  touch(slot: number): boolean
  /** Copies the id of a slot to `out[at, at + 32)`; false when the slot has none. */
  read(slot: number, out: Uint8Array, at?: number): boolean
  /** The bucket of any id, 0 to 256. */
  bucketOf(id: Uint8Array, at?: number): number
  /** Ids in a bucket; 0 for numbers that are no bucket. */
  bucketSize(bucket: number): number
  /** The slot of a bucket seen longest ago, −1 when it is empty: whom Kademlia asks before it lets a new one in. */
  oldest(bucket: number): number
  /** The slot of the same bucket seen next after this one, −1 when it is the newest or has no id. */
  next(slot: number): number
  /**
   * Writes the slots of the ids nearest to a target into `out`, the nearest first.
   *
   * @param count - at most so many, up to 16,384; default all that `out` has room for
   * @returns how many there are: `count`, or `size` where that is less
   */
  closest(target: Uint8Array, out: Int32Array, count?: number, at?: number): number
  /**
   * The same for many targets, packed 32 bytes each: the slots for target number i are at `out[i × count]` and behind.
   *
   * @returns how many there are for each target
   */
  closestBatch(targets: Uint8Array, out: Int32Array, count: number): number
  /** Forgets every id. */
  clear(): void
  /**
   * Makes room for more ids; slots stay as they are. The only call beside the making that may grow memory.
   *
   * @throws HyphaeError LIMIT_EXCEEDED when there is no memory
   */
  enlarge(capacity: number): void
  /** Gives the memory back; a second time does nothing. */
  free(): void
}
