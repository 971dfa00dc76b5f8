/** The number that `bytes[from, to)` write with their lowest byte first. */
export function littleEndian(bytes: Uint8Array, from: number, to: number): bigint {
  let hex = '0x'
  for (let at = to - 1; at >= from; at--) hex += bytes[at].toString(16).padStart(2, '0')
  return BigInt(hex)
}

/** A number below 2^256 as 32 bytes, the lowest first. */
export function toLittleEndian(value: bigint): Uint8Array {
  const digits = value.toString(16).padStart(64, '0')
  const bytes = new Uint8Array(32)
  for (let i = 0; i < 32; i++) bytes[31 - i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
