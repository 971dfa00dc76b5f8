import { EMPTY, readU32, writeU32 } from '../../core/bytes.js'
import { LIMITS } from '../../core/limits.js'

const PIECE_BYTES = 32_768
const HEAD_BYTES = 8

/** Cuts a certificate chain into record bodies: head (total 4 ‖ offset 4) and piece. */
export function chainPieces(chain: Uint8Array): [Uint8Array, Uint8Array][] {
  const pieces: [Uint8Array, Uint8Array][] = []
  for (let at = 0; at < chain.length; at += PIECE_BYTES) {
    const head = new Uint8Array(HEAD_BYTES)
    writeU32(head, 0, chain.length)
    writeU32(head, 4, at)
    pieces.push([head, chain.subarray(at, at + PIECE_BYTES)])
  }
  return pieces
}

/** Puts the pieces together again, in order, within the limit. Room grows with what arrived, not with what is announced. */
export class ChainAssembly {
  private bytes: Uint8Array = EMPTY
  private total = 0
  private filled = 0

  /** Takes one body. @returns the chain when complete, undefined while it is not, 'malformed' when it never will be */
  take(body: Uint8Array): Uint8Array | undefined | 'malformed' {
    if (body.length <= HEAD_BYTES) return 'malformed'
    const total = readU32(body, 0)
    const end = this.filled + body.length - HEAD_BYTES
    if (total > LIMITS.maxChainBytes || readU32(body, 4) !== this.filled || end > total) return 'malformed'
    if (this.filled > 0 && total !== this.total) return 'malformed'
    this.total = total
    this.reserve(end)
    this.bytes.set(body.subarray(HEAD_BYTES), this.filled)
    this.filled = end
    if (end < total) return undefined
    const chain = this.bytes.slice(0, total)
    this.bytes = EMPTY
    this.filled = 0
    return chain
  }

  private reserve(bytes: number): void {
    if (bytes <= this.bytes.length) return
    const grown = new Uint8Array(Math.min(this.total, Math.max(bytes, 2 * this.bytes.length)))
    grown.set(this.bytes)
    this.bytes = grown
  }
}
