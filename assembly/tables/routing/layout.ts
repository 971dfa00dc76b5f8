// A routing table: header, lists, nodes, records. See README.md.

/** Most ids it holds. */
export const CAPACITY: usize = 8
/** Ids it holds. */
export const SIZE: usize = 12
/** The whole trie: a child as in a node. */
export const ROOT: usize = 16
/** First slot of the list of freed ones, NO_SLOT at its end. */
export const FREE_SLOT: usize = 20
/** First node of the list of freed ones, NO_SLOT at its end. */
export const FREE_NODE: usize = 24
/** Slots given out so far, freed ones among them. */
export const USED: usize = 28
/** The own id, as a little-endian number. */
export const OWN: usize = 32
/** Nodes given out so far. */
export const USED_NODES: usize = 64
/** For each bucket: oldest slot, newest slot, number of slots, nothing. */
export const LISTS: usize = 128
/** Where the nodes in use begin, counted from the table: NODES, or behind the first array of nodes. */
export const NODES_AT: usize = 68
/** Nodes made since all were last put in order. */
export const STRAY: usize = 72
/** Buckets: one for each length of a common prefix, 0 to 256. */
export const BUCKETS: u32 = 257
/**
 * Two arrays of nodes, of which one is in use; 8 bytes a node: child 0 (24 bits), number of the bit (8), child 1 (24),
 * nothing (8).
 */
export const NODES: usize = 4288

/** Bytes of a record: the id as a little-endian number, then next and previous slot of its bucket. */
export const RECORD_BYTES: usize = 40
/** The slot seen after this one in its bucket; in a free record the next free one. */
export const NEXT: usize = 32
/** The slot seen before this one in its bucket, FREE in a record without id. */
export const PREVIOUS: usize = 36

/** Marks a child that is a slot and no node. */
export const LEAF: u32 = 0x80_0000
/** The bits of a child. */
export const CHILD: u32 = 0xff_ffff
/** No slot, no node. */
export const NO_SLOT: u32 = 0xffff_ffff
/** In PREVIOUS: there is no id in this record. */
export const FREE: u32 = 0xffff_fffe

/** Address of the nodes in use. */
export function nodesOf(table: usize): usize {
  return table + load<u32>(table, NODES_AT)
}

/** Address of the record of a slot. */
export function recordOf(table: usize, slot: u32): usize {
  return table + NODES + ((<usize>load<u32>(table, CAPACITY)) << 4) + <usize>slot * RECORD_BYTES
}
