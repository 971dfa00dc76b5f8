/** The number that `bytes[from, to)` write with their lowest byte first. */
export function littleEndian(bytes: Uint8Array, from: number, to: number): bigint {
  let hex = '0x'
  for (let at = to - 1; at >= from; at--) hex += bytes[at].toString(16).padStart(2, '0')
  return BigInt(hex)
}
