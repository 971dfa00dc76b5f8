// Frames of the multiplexer and of messages, as docs/protocol.md §6 has them.
import { join, text, uint } from '../../support/handshake-second.mjs'

/** A varint of RFC 9000; `bytes` forces a longer form. */
export function varint(value, bytes) {
  const size = bytes ?? (value < 0x40 ? 1 : value < 0x4000 ? 2 : value < 0x4000_0000 ? 4 : 8)
  const out = uint(value, size)
  out[0] |= { 1: 0, 2: 0x40, 4: 0x80, 8: 0xc0 }[size]
  return out
}

const name = value => join(Uint8Array.of(value.length), text(value))
const withLength = body => join(varint(body.length), body)

export const FLAG = { fin: 1, open: 2 }
export const stream = (id, data, flags = 0) => join(Uint8Array.of(0x10 | flags), varint(id), varint(data.length), data)
export const openStream = (id, label, data = new Uint8Array(0), flags = 0) =>
  join(Uint8Array.of(0x10 | FLAG.open | flags), varint(id), Uint8Array.of(1), name(label), varint(data.length), data)
export const ping = payload => join(Uint8Array.of(1), uint(payload, 8))
export const maxData = limit => join(Uint8Array.of(4), varint(limit))
export const window = (id, limit) => join(Uint8Array.of(6), varint(id), varint(limit))
export const reset = (id, code) => join(Uint8Array.of(7), varint(id), varint(code))
export const stop = (id, code) => join(Uint8Array.of(8), varint(id), varint(code))

/** HELLO on lane 4. */
export const hello = (maxBytes = 1_048_576) =>
  stream(4, withLength(join(Uint8Array.of(0x40, 1), varint(maxBytes), Uint8Array.of(0, 0))))
/** REQUEST on lane 5: a literal name. */
export const request = (id, label, body, timeoutMs = 10_000) =>
  stream(5, withLength(join(Uint8Array.of(0x20), varint(id), varint(timeoutMs), Uint8Array.of(0), name(label), body)))
export const cancel = id => stream(5, withLength(join(Uint8Array.of(0x31), varint(id))))
/** START on lane 1, then messages on it. */
export const start = (epoch = 1) => stream(1, withLength(join(Uint8Array.of(1), uint(epoch, 6), varint(0))))
export const message = (label, body, qos = 0) =>
  stream(1, withLength(join(Uint8Array.of(0x10 | qos, 0), name(label), body)))
