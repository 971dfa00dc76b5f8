import type { Clock, Defer } from '../../ports/clock.js'
import type { Compressor } from '../../ports/compressor.js'
import type { PublicKeyCrypto } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import type { Store } from '../../ports/store.js'
import type { TransportFactory } from '../../ports/transport.js'
import type { PassphraseKdf } from './identity-file.js'

/** Files of a platform, as far as an identity needs them. */
export interface Files {
  /** The content, or undefined where there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>
  /** Writes durably and in one piece, readable by its owner only (mode 0600). */
  write(path: string, content: Uint8Array): Promise<void>
}

/** What a platform brings along for its nodes. */
export interface NodePorts {
  /** Name of the runtime for diagnostics: `node`, `deno`, `bun`, `browser`, `workerd`, `simulation`. */
  readonly runtime: string
  readonly clock: Clock
  readonly defer: Defer
  readonly random: Random
  /** Fetches what {@link NodePorts.kernels} needs, where that is not there from the start. All that can wait calls it first. */
  prepare?(): Promise<void>
  /** Loaded when the first node is created, since nothing happens at import. */
  kernels(): Kernels
  /** As {@link NodePorts.kernels}. */
  publicKey(): PublicKeyCrypto
  /** Transports of a node that names none. */
  transports(): readonly TransportFactory[]
  readonly compressor?: Compressor
  /** Files for `identity: { path }`; absent where the runtime has none. */
  readonly files?: Files
  /** Opens a store by path for `store: 'path'`; absent where the runtime has none. */
  openStore?(path: string): Promise<Store>
  /** A passphrase function that does not block; one in TypeScript otherwise. */
  readonly scrypt?: PassphraseKdf
}
