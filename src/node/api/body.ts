import { EMPTY } from '../../core/bytes.js'
import { HyphaeError } from '../../core/errors.js'
import { decodeMsgpack } from '../../wire/msgpack.js'
import { encodeMsgpack } from '../../wire/msgpack.js'

const BIN8 = 0xc4
const BIN16 = 0xc5
const BIN32 = 0xc6

/** Encoded bodies up to this size share arrays of {@link SLAB_BYTES}: an array each would cost more than the rest of a message. */
const SHARED_BYTES = 512
const SLAB_BYTES = 4096
/** Bytes in front of 256 to 65,535 bytes of msgpack's bin format. */
const SHORT_HEADER_BYTES = 3

/** Makes message bodies as they go on the wire: msgpack, or nothing at all for `undefined`. Bytes take one copy. */
export class BodyEncoder {
  private slab: Uint8Array = EMPTY
  private at = 0
  /** Where {@link BodyEncoder.borrow} encodes, and its views by length: messages of few lengths need no new one. */
  private scratch: Uint8Array = EMPTY
  private readonly views: Uint8Array[] = []

  /**
   * The body of a value; a small one shares its ArrayBuffer with others.
   *
   * @throws HyphaeError INVALID_ARGUMENT for what msgpack cannot hold
   */
  encode(value: unknown): Uint8Array {
    if (value === undefined) return EMPTY
    if (!(value instanceof Uint8Array)) return encodeMsgpack(value)
    const { length } = value
    const header = length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5
    const out = this.take(header + length)
    writeHeader(out, length)
    out.set(value, header)
    return out
  }

  /** {@link BodyEncoder.encode} for who copies the body at once: small bytes are valid until the next call only. */
  borrow(value: unknown): Uint8Array {
    if (!(value instanceof Uint8Array) || value.length + SHORT_HEADER_BYTES > SHARED_BYTES) return this.encode(value)
    if (this.scratch.length === 0) this.scratch = new Uint8Array(SHARED_BYTES)
    const { length } = value
    const header = length < 0x100 ? 2 : SHORT_HEADER_BYTES
    const out = (this.views[header + length] ??= this.scratch.subarray(0, header + length))
    writeHeader(out, length)
    out.set(value, header)
    return out
  }

  private take(length: number): Uint8Array {
    if (length > SHARED_BYTES) return new Uint8Array(length)
    if (this.at + length > this.slab.length) {
      this.slab = new Uint8Array(SLAB_BYTES)
      this.at = 0
    }
    const { at } = this
    this.at = at + length
    return new Uint8Array(this.slab.buffer, at, length)
  }
}

/** Reads what {@link BodyEncoder} wrote; an error, not thrown, where a peer sent something else. */
export function decodeBody(body: Uint8Array): { readonly value: unknown } | HyphaeError {
  if (body.length === 0) return NOTHING
  const bytes = decodeBytes(body)
  if (bytes !== undefined) return { value: bytes }
  const outcome = decodeMsgpack(body)
  if (outcome.ok) return outcome
  return new HyphaeError('MALFORMED', `the body is not msgpack as hyphae writes it: ${outcome.reason}`)
}

const NOTHING = { value: undefined }

function writeHeader(out: Uint8Array, length: number): void {
  if (length < 0x100) {
    out[0] = BIN8
    out[1] = length
    return
  }
  const view = new DataView(out.buffer, out.byteOffset)
  const wide = length >= 0x1_0000
  out[0] = wide ? BIN32 : BIN16
  if (wide) view.setUint32(1, length)
  else view.setUint16(1, length)
}

/** The bytes of a body that is one binary value in its shortest form, as a view: the body is the receiver's own. */
function decodeBytes(body: Uint8Array): Uint8Array | undefined {
  const kind = body[0]
  if (kind < BIN8 || kind > BIN32 || body.length < 5) return kind === BIN8 ? shortBytes(body) : undefined
  if (kind === BIN8) return shortBytes(body)
  const header = kind === BIN16 ? 3 : 5
  const view = new DataView(body.buffer, body.byteOffset)
  const length = kind === BIN16 ? view.getUint16(1) : view.getUint32(1)
  const isShortest = length >= (kind === BIN16 ? 0x100 : 0x1_0000)
  return isShortest && body.length === header + length ? within(body, header, length) : undefined
}

function shortBytes(body: Uint8Array): Uint8Array | undefined {
  return body.length >= 2 && body.length === 2 + body[1] ? within(body, 2, body[1]) : undefined
}

/** `subarray` without looking up a species, which costs more than the view. */
function within(body: Uint8Array, at: number, length: number): Uint8Array {
  return new Uint8Array(body.buffer, body.byteOffset + at, length)
}
