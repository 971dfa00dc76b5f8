// A seen-set: header, control bytes of both generations, fingerprints of both generations. See README.md.

/** Most ids of a generation. */
export const CAPACITY: usize = 8
/** Groups of 16 slots in a generation. */
export const GROUPS: usize = 12
/** The key of SipHash. */
export const KEY0: usize = 16
/** Its second half. */
export const KEY1: usize = 24
/** Which generation takes new ids: 0 or 1. */
export const YOUNG: usize = 32
/** Ids in generation 0, in generation 1. */
export const COUNTS: usize = 36
/** Bytes of an id. */
export const ID_BYTES: usize = 44
/** Control bytes: a byte a slot, 0 where it is free, else 0x80 and seven bits of the fingerprint. */
export const CONTROL: usize = 64

/** Address of the control bytes of a generation. */
export function controlOf(table: usize, generation: u32): usize {
  return table + CONTROL + (((<usize>load<u32>(table, GROUPS)) << 4) & -(<usize>generation))
}

/** Address of the fingerprints of a generation. */
export function printsOf(table: usize, generation: u32): usize {
  const slots = (<usize>load<u32>(table, GROUPS)) << 4
  return table + CONTROL + (slots << 1) + ((slots << 4) & -(<usize>generation))
}
