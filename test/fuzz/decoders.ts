import type { Decoder } from './decoder.js'
import { CLI, IDENTITY, PROTOCOLS } from './decoders-above.js'
import { TEXT, WIRE } from './decoders-wire.js'

/** Everything that reads what others wrote. */
export const DECODERS: readonly Decoder[] = [...WIRE, ...TEXT, ...IDENTITY, ...PROTOCOLS, ...CLI]

/** What is called a reader and needs no entry of its own, with the reason. */
export const EXEMPT: Readonly<Record<string, string>> = {
  'src/core/bytes.ts#readU16': 'an index that the caller has checked',
  'src/core/bytes.ts#readU32': 'an index that the caller has checked',
  'src/core/bytes.ts#readU64': 'an index that the caller has checked',
  'src/cli/files.ts#readSmall': 'reads a file of the user and bounds its size',
  'src/cli/passphrase.ts#readPassphrase': 'reads a file of the user and bounds its size',
}
