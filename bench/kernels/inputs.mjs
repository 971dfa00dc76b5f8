// What the implementations work on: the same for all of them and in every run.

/** Bytes that look random and are the same every time (xorshift32). */
export function bytes(length, seed = 1) {
  const out = new Uint8Array(length)
  let state = (seed * 2_654_435_761) | 1
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[i] = state >>> 11
  }
  return out
}

/** A record as a session seals it: 12 bytes of nonce (24 for XChaCha20), 3 of header as associated data. */
export const record = (length, nonceBytes = 12) => ({
  secret: bytes(32, 2),
  nonce: bytes(nonceBytes, 3),
  header: bytes(3, 4),
  text: bytes(length, 5),
})

/** Calls `use` with the next of `items` each time, round and round. */
export function inTurn(items, use) {
  let next = 0
  return () => {
    const item = items[next]
    next = next + 1 === items.length ? 0 : next + 1
    return use(item)
  }
}

/** Stops a benchmark that would measure something that does not work. */
export function mustHold(holds, what) {
  if (!holds) throw new Error(`benchmark: ${what}`)
}
