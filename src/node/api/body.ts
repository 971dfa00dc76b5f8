import { EMPTY } from '../../core/bytes.js'
import { HyphaeError } from '../../core/errors.js'
import { decodeMsgpack } from '../../wire/msgpack.js'
import { encodeMsgpack } from '../../wire/msgpack.js'

const BIN8 = 0xc4
const BIN16 = 0xc5
const BIN32 = 0xc6

/**
 * A message body on the wire: msgpack, or nothing at all for `undefined`. Bytes take one copy.
 *
 * @throws HyphaeError INVALID_ARGUMENT for what msgpack cannot hold
 */
export function encodeBody(value: unknown): Uint8Array {
  if (value === undefined) return EMPTY
  return value instanceof Uint8Array ? encodeBytes(value) : encodeMsgpack(value)
}

/** Reads what {@link encodeBody} wrote; an error, not thrown, where a peer sent something else. */
export function decodeBody(body: Uint8Array): { readonly value: unknown } | HyphaeError {
  if (body.length === 0) return NOTHING
  const bytes = decodeBytes(body)
  if (bytes !== undefined) return { value: bytes }
  const outcome = decodeMsgpack(body)
  if (outcome.ok) return outcome
  return new HyphaeError('MALFORMED', `the body is not msgpack as hyphae writes it: ${outcome.reason}`)
}

const NOTHING = { value: undefined }

function encodeBytes(bytes: Uint8Array): Uint8Array {
  const { length } = bytes
  if (length < 0x100) {
    const out = new Uint8Array(2 + length)
    out[0] = BIN8
    out[1] = length
    out.set(bytes, 2)
    return out
  }
  const wide = length >= 0x1_0000
  const out = new Uint8Array((wide ? 5 : 3) + length)
  const view = new DataView(out.buffer)
  out[0] = wide ? BIN32 : BIN16
  if (wide) view.setUint32(1, length)
  else view.setUint16(1, length)
  out.set(bytes, wide ? 5 : 3)
  return out
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
  return isShortest && body.length === header + length ? body.subarray(header) : undefined
}

function shortBytes(body: Uint8Array): Uint8Array | undefined {
  return body.length >= 2 && body.length === 2 + body[1] ? body.subarray(2) : undefined
}
