/** Zeroes `bytes` (a multiple of 16) at `at`. A loop: for so few bytes a call of memory.fill costs more than it saves. */
export function wipe(at: usize, bytes: usize): void {
  const zero = i32x4.splat(0)
  const end = at + bytes
  for (; at < end; at += 16) v128.store(at, zero)
}
