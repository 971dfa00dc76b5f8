/** What a chunk on its way is. */
export const CHUNK = { data: 0, open: 1, fin: 2 } as const

/** Bytes, or the beginning or end of a connection, on their way. */
export interface Chunk {
  readonly kind: number
  readonly buffer: Uint8Array
  /** Bytes used of the buffer. */
  length: number
}

/** The other side took the connection. */
export const OPEN_CHUNK: Chunk = { kind: CHUNK.open, buffer: new Uint8Array(0), length: 0 }
/** The other side sends no more. */
export const FIN_CHUNK: Chunk = { kind: CHUNK.fin, buffer: new Uint8Array(0), length: 0 }

const SMALLEST_BITS = 7
const LARGEST_BITS = 17
/** What a receiver finds in a buffer it kept although the port forbids that. */
const POISON = 0xdb
/** Chunks of one size kept for reuse. */
const KEPT = 4096

/**
 * Buffers of chunks in powers of two, reused: traffic of a simulation makes no garbage. A released buffer is poisoned,
 * so that a receiver that kept it reads nonsense instead of luck.
 */
export class ChunkPool {
  private readonly sizes: Chunk[][] = []

  /** A chunk with a copy of the bytes. */
  copy(from: Uint8Array, start: number, end: number): Chunk {
    const length = end - start
    const chunk = this.take(length)
    if (length <= 64) for (let i = 0; i < length; i++) chunk.buffer[i] = from[start + i]
    else chunk.buffer.set(from.subarray(start, end))
    chunk.length = length
    return chunk
  }

  /** Gives a chunk back. */
  release(chunk: Chunk): void {
    const bits = 31 - Math.clz32(chunk.buffer.length)
    if (chunk.kind !== CHUNK.data || bits > LARGEST_BITS) return
    chunk.buffer.fill(POISON, 0, chunk.length)
    const list = (this.sizes[bits] ??= [])
    if (list.length < KEPT) list.push(chunk)
  }

  private take(length: number): Chunk {
    const bits = Math.max(SMALLEST_BITS, 32 - Math.clz32(Math.max(0, length - 1)))
    const kept = this.sizes[bits]?.pop()
    return kept ?? { kind: CHUNK.data, buffer: new Uint8Array(1 << bits), length }
  }
}
