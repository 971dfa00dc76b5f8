// The memory map of the tables instance (see assembly/README.md). It is the same module as the keys instance, with memory
// of its own: what lies below 0x50000 there is free here. The module's constants lie at 0x50000 in both.

/** Heads of the free lists of the heap, a word for each class of blocks; 0 where there is none. */
export const FREE_LISTS: usize = 0x400
/** Where the used part of the heap ends; 0 before the first block. */
export const HEAP_END: usize = 0x800
/** The stamp given out last. */
export const LAST_STAMP: usize = 0x804
/** The id a routing call works on, as a little-endian number of 256 bit. */
export const KEY: usize = 0x900
/** Stack of a walk: a word for each of up to 256 levels. */
export const STACK: usize = 0x1000
/** Fingerprints of a batch, 16 bytes each. */
export const PRINTS: usize = 0x2000
/** Ids of one batch of the seen-set: so many have room in PRINTS. */
export const BATCH_IDS: u32 = 256
/** What the façade hands in: ids. */
export const IN: usize = 0x4000
/** What it gets: slots, an id, answers. */
export const OUT: usize = 0x14000
/** Where the heap begins: behind the module's constants, at the end of the memory it starts with. */
export const HEAP: usize = 0x60000

/** Answer to a call with the address of a table that was freed. */
export const REFUSED: i32 = -2
/** Answer when there is no such slot or id, or no room. */
export const NONE: i32 = -1

// Both kinds of tables begin with these words.

/** The table's stamp, a number no other table ever gets; 0 once freed. */
export const STAMP: usize = 0
/** The class of the block, for the heap. */
export const CLASS: usize = 4
/** Bytes of a block's fields that are the heap's own. */
export const NEXT_FREE: usize = 8
