// Addresses in the tables instance: a copy of assembly/tables/layout.ts, held equal to it by a test.

/** Fingerprints of a batch; no façade touches them. */
export const PRINTS = 0x2000
/** Ids of one batch of the seen-set. */
export const BATCH_IDS = 256
/** What goes in: ids. */
export const IN = 0x4000
/** Bytes from IN to OUT. */
export const IN_BYTES = 0x10000
/** What comes out: slots, an id, answers. */
export const OUT = 0x14000
/** Where the tables begin. */
export const HEAP = 0x60000
