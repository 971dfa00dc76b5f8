/** msgpack as hyphae speaks it: a strict subset, decoded in bounded memory. */
export {
  decodeMsgpack,
  type MsgpackBounds,
  type MsgpackOutcome,
  type MsgpackReason,
  type MsgpackValue,
} from './msgpack-decode.js'
export { encodeMsgpack } from './msgpack-encode.js'
