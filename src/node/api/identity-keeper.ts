import { HyphaeError } from '../../core/errors.js'
import type { Store } from '../../ports/store.js'
import { STORE_KEYS } from '../host/persistence.js'
import { createIdentity, Identity } from './identity.js'
import { readPlainIdentity, writePlainIdentity } from './identity-plain.js'
import type { IdentitySource, NodeOptions } from './options.js'
import type { NodePorts } from './ports.js'
import type { IdentityPorts } from './identity.js'

/** A place for the bytes of an identity. */
interface Place {
  /** For errors. */
  readonly name: string
  read(): Promise<Uint8Array | undefined>
  write(content: Uint8Array): Promise<void>
}

/** Only a passphrase needs it. */
const files = () => import('./identity-file.js')

/** An identity and where it is kept, if anywhere. */
export class IdentityKeeper {
  private constructor(
    readonly identity: Identity,
    private readonly save: (() => Promise<void>) | undefined,
  ) {}

  /**
   * Finds the identity of a node, or makes it and keeps it.
   *
   * @throws HyphaeError IDENTITY_CORRUPT, DECRYPT_FAILED, STORE_FAILED, PERMISSION, UNSUPPORTED_RUNTIME
   */
  static async open(
    ports: NodePorts,
    crypto: IdentityPorts,
    given: NodeOptions['identity'],
    store: Store | undefined,
  ): Promise<IdentityKeeper> {
    if (given instanceof Identity) return new IdentityKeeper(given, undefined)
    const source = given ?? {}
    const place = placeOf(ports, source, store)
    const { passphrase } = source
    const options = ports.scrypt === undefined ? {} : { scrypt: ports.scrypt }
    const found = await place?.read()
    // A copy of plain bytes: reading works in place, and a store may have given its own memory or a Buffer.
    const kept = found && Uint8Array.from(found)
    const identity =
      kept === undefined
        ? createIdentity(crypto, source.suite === undefined ? {} : { suite: source.suite })
        : passphrase === undefined
          ? readPlainIdentity(crypto, kept, place?.name ?? '')
          : await (await files()).importIdentity(crypto, kept, passphrase, options)
    const save =
      place &&
      (async () =>
        place.write(
          passphrase === undefined
            ? writePlainIdentity(crypto, identity)
            : await (await files()).exportIdentity(crypto, identity, passphrase, options),
        ))
    if (kept === undefined) await save?.()
    return new IdentityKeeper(identity, save)
  }

  /** Replaces the root key by the pre-committed one and keeps the result. See `Identity.rotate`. */
  async rotate(): Promise<void> {
    await this.identity.rotate()
    await this.save?.()
  }
}

function placeOf(ports: NodePorts, source: IdentitySource, nodeStore: Store | undefined): Place | undefined {
  if (source.path !== undefined) {
    const { files } = ports
    const { path } = source
    if (files !== undefined) {
      return { name: path, read: () => files.read(path), write: content => files.write(path, content) }
    }
    throw new HyphaeError('UNSUPPORTED_RUNTIME', `${ports.runtime} has no files for an identity`, {
      remedy: 'keep it in a store: identity: { store }',
    })
  }
  const store = source.store ?? nodeStore
  const key = STORE_KEYS.identity
  return store && { name: 'the store', read: () => store.get(key), write: content => store.put(key, content) }
}
