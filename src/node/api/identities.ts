import { createIdentity, type CreateIdentityOptions, type Identity, type IdentityPorts } from './identity.js'
import type { IdentityFileOptions } from './identity-file.js'
import type { PublicKeyCrypto, SuitePrimitives } from '../../ports/crypto.js'
import type { NodePorts } from './ports.js'

/** Which root suites beyond the first can be had. */
export interface SuiteOptions {
  /** `suites` of `hyphae/suites`, for browsers and edge workers. Runtimes that bring their own keep those. */
  readonly suites?: SuitePrimitives | undefined
}

/** Identities on the cryptography of a platform. */
export interface Identities {
  /**
   * Fetches what {@link Identities.create} works with, which only pages that forbid WebAssembly have to wait for; the other
   * calls and `createNode` do so themselves.
   */
  prepare(): Promise<void>
  /**
   * Makes a new identity. See `createIdentity`.
   *
   * @throws HyphaeError SUITE_UNAVAILABLE, INVALID_ARGUMENT; UNSUPPORTED_RUNTIME where {@link Identities.prepare} is needed
   */
  create(options?: CreateIdentityOptions & SuiteOptions): Identity
  /** An identity as an encrypted file. See `exportIdentity`. */
  export(identity: Identity, passphrase: string, options?: IdentityFileOptions): Promise<Uint8Array>
  /** Reads an encrypted file. See `importIdentity`. */
  import(file: Uint8Array, passphrase: string, options?: SuiteOptions): Promise<Identity>
}

/** The primitives of a platform with those that a user hands in; the platform's own are native where they can be. */
export function publicKeyOf(ports: NodePorts, given: SuitePrimitives | undefined): PublicKeyCrypto {
  return { ...given, ...ports.publicKey() }
}

/** Binds identities to a platform. Nothing happens until one is made. */
export function bindIdentities(ports: NodePorts): Identities {
  const crypto = (suites?: SuitePrimitives): IdentityPorts => ({
    kernels: ports.kernels(),
    publicKey: publicKeyOf(ports, suites),
    random: ports.random,
  })
  const native: IdentityFileOptions = ports.scrypt === undefined ? {} : { scrypt: ports.scrypt }
  const prepare = async (): Promise<void> => ports.prepare?.()
  // Few programs move identities about: the code for that is a module of its own, which bundlers split off.
  const files = async () => {
    await prepare()
    return import('./identity-file.js')
  }
  return {
    prepare,
    create: options => createIdentity(crypto(options?.suites), options),
    async export(identity, passphrase, options) {
      const { exportIdentity } = await files()
      return exportIdentity(crypto(), identity, passphrase, { ...native, ...options })
    },
    async import(file, passphrase, options) {
      // A Buffer's slice shares its memory, and opening works in place: the caller's file must stay as it is.
      const copy = Uint8Array.from(file)
      const { importIdentity } = await files()
      return importIdentity(crypto(options?.suites), copy, passphrase, native)
    },
  }
}
