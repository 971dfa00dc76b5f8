// One generation: open addressing over groups of 16 slots. The control bytes of a group are looked at as one vector; a
// fingerprint is read only where its seven bits fit, so that an id that is not there costs one cache line of control
// bytes and no more. Nothing is removed but everything at once: a group with a free slot ends a search.

/** The group a fingerprint's search begins in: its high bits scaled to the number of groups. */
export function groupOf(print: u64, groups: u32): usize {
  return <usize>(((print >> 32) * groups) >> 32)
}

/** The control byte of a fingerprint. */
export function tagOf(print: u64): i8 {
  return <i8>(0x80 | (<u32>(print & 0x7f)))
}

/** Whether a fingerprint is in a generation; its groups, control bytes and fingerprints as of layout.ts. */
export function contains(groups: u32, control: usize, prints: usize, low: u64, high: u64): bool {
  const tags = i8x16.splat(tagOf(low))
  let group = groupOf(low, groups)
  while (true) {
    const found = v128.load(control + (group << 4))
    let fits = i8x16.bitmask(i8x16.eq(found, tags))
    for (; fits; fits &= fits - 1) {
      const print = prints + (((group << 4) + ctz(fits)) << 4)
      if (load<u64>(print) == low && load<u64>(print, 8) == high) return true
    }
    // The high bit of a control byte tells that the slot is taken.
    if (i8x16.bitmask(found) != 0xffff) return false
    if (++group == groups) group = 0
  }
}

/** Puts a fingerprint that is not there into a generation that has room. */
export function put(groups: u32, control: usize, prints: usize, low: u64, high: u64): void {
  let group = groupOf(low, groups)
  while (true) {
    const free = i8x16.bitmask(v128.load(control + (group << 4))) ^ 0xffff
    if (free) {
      const slot = (group << 4) + ctz(free)
      store<u8>(control + slot, <u8>tagOf(low))
      store<u64>(prints + (slot << 4), low)
      store<u64>(prints + (slot << 4), high, 8)
      return
    }
    if (++group == groups) group = 0
  }
}

/**
 * Loads what a search in the young generation goes on to, as far as its first group tells: the fingerprint that fits; or, where
 * none fits, the free slot that an insert takes and the control bytes of the old generation.
 */
export function likely(groups: u32, control: usize, prints: usize, oldControl: usize, low: u64): u32 {
  const group = groupOf(low, groups) << 4
  const found = v128.load(control + group)
  const fits = i8x16.bitmask(i8x16.eq(found, i8x16.splat(tagOf(low))))
  if (fits) return load<u8>(prints + ((group + ctz(fits)) << 4))
  const free = i8x16.bitmask(found) ^ 0xffff
  return load<u8>(prints + ((group + (ctz(free) & 15)) << 4)) + load<u8>(oldControl + group)
}
