import { createIdentity, type CreateIdentityOptions, type Identity, type IdentityPorts } from './identity.js'
import { exportIdentity, type IdentityFileOptions, importIdentity } from './identity-file.js'
import type { NodePorts } from './ports.js'

/** Identities on the cryptography of a platform. */
export interface Identities {
  /** Makes a new identity. See `createIdentity`. */
  create(options?: CreateIdentityOptions): Identity
  /** An identity as an encrypted file. See `exportIdentity`. */
  export(identity: Identity, passphrase: string, options?: IdentityFileOptions): Promise<Uint8Array>
  /** Reads an encrypted file. See `importIdentity`. */
  import(file: Uint8Array, passphrase: string): Promise<Identity>
}

/** Binds identities to a platform. Nothing happens until one is made. */
export function bindIdentities(ports: NodePorts): Identities {
  const crypto = (): IdentityPorts => ({ kernels: ports.kernels(), publicKey: ports.publicKey(), random: ports.random })
  const native: IdentityFileOptions = ports.scrypt === undefined ? {} : { scrypt: ports.scrypt }
  return {
    create: options => createIdentity(crypto(), options),
    export: (identity, passphrase, options) =>
      exportIdentity(crypto(), identity, passphrase, { ...native, ...options }),
    // A Buffer's slice shares its memory, and opening works in place: the caller's file must stay as it is.
    import: (file, passphrase) => importIdentity(crypto(), Uint8Array.from(file), passphrase, native),
  }
}
