import { wipe } from '../../core/bytes.js'
import { HyphaeError } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import {
  DEFAULT_KDF,
  type FileContent,
  isBoundedKdf,
  type KdfParams,
  openFile,
  readFileHeader,
  sealFile,
} from '../../crypto/identity/identity-file.js'
import { scryptKey } from '../../crypto/identity/passphrase.js'
import { localSigner } from '../../crypto/identity/signer.js'
import { SUITES } from '../../crypto/suites.js'
import { readChain } from '../../wire/identity/chain.js'
import { readInception } from '../../wire/identity/inception.js'
import { readRotation } from '../../wire/identity/rotation.js'
import { isSuiteId } from '../../wire/identity/suites.js'
import { Identity, type IdentityPorts } from './identity.js'

/** A passphrase function: scrypt under the given cost, 32 bytes. Native ones need not block. */
export type PassphraseKdf = (
  passphrase: string,
  salt: Uint8Array,
  params: KdfParams,
) => Uint8Array | Promise<Uint8Array>

/** Options of `exportIdentity` and `importIdentity`. */
export interface IdentityFileOptions {
  /** Cost of the passphrase function; N = 2^17, r = 8, p = 1 by default. Only for export. */
  readonly kdf?: KdfParams
  /** scrypt of the platform; one in TypeScript by default. */
  readonly scrypt?: PassphraseKdf
}

/**
 * An identity with its root secrets as a file, encrypted under a passphrase (scrypt, ChaCha20-Poly1305).
 *
 * @throws HyphaeError INVALID_ARGUMENT for an empty passphrase, a cost out of bounds, or a root key held elsewhere
 */
export async function exportIdentity(
  ports: IdentityPorts,
  identity: Identity,
  passphrase: string,
  options: IdentityFileOptions = {},
): Promise<Uint8Array> {
  const kdf = options.kdf ?? DEFAULT_KDF
  if (passphrase === '') throw new HyphaeError('INVALID_ARGUMENT', 'the passphrase is empty')
  if (!isBoundedKdf(kdf)) {
    const bound = `logN 10–20, r 1–32, p 1–16, 128·N·r ≤ ${LIMITS.maxKdfMemoryBytes}, N·r·p ≤ ${LIMITS.maxKdfWork}`
    throw new HyphaeError('INVALID_ARGUMENT', `kdf must keep within ${bound}`)
  }
  const secrets = identity.secrets()
  if (!secrets) throw new HyphaeError('INVALID_ARGUMENT', 'the root key is held elsewhere and cannot be exported')
  const salt = ports.random.fill(new Uint8Array(32))
  const key = await (options.scrypt ?? scryptKey)(passphrase, salt, kdf)
  const content = { chain: identity.rootChain, secret: secrets.current, next: secrets.next }
  const file = sealFile(ports.kernels, { kdf, salt }, key, content)
  wipe(key, secrets.current, secrets.next?.secret)
  return file
}

/**
 * Reads what `exportIdentity` wrote.
 *
 * @throws HyphaeError IDENTITY_CORRUPT for a damaged or foreign file, DECRYPT_FAILED for a wrong passphrase
 */
export async function importIdentity(
  ports: IdentityPorts,
  file: Uint8Array,
  passphrase: string,
  options: IdentityFileOptions = {},
): Promise<Identity> {
  const header = readFileHeader(ports.kernels, file)
  if (!header.ok) throw new HyphaeError(header.code, `identity file: ${header.reason}`)
  const key = await (options.scrypt ?? scryptKey)(passphrase, header.salt, header.kdf)
  const opened = openFile(ports.kernels, file, key)
  wipe(key)
  if (!opened.ok) throw new HyphaeError(opened.code, `identity file: ${opened.reason}`)
  const identity = restore(ports, opened.content)
  wipe(opened.content.secret, opened.content.next?.secret)
  return identity
}

function restore(ports: IdentityPorts, { chain, secret, next }: FileContent): Identity {
  const records = readChain(chain)
  const last = records && (records.rotations.at(-1) ?? records.inception)
  const suite = last && (readRotation(last) ?? readInception(last))?.suite
  const fits = suite !== undefined && secret.length === SUITES[suite].secretKeyBytes
  if (!records || !fits) throw new HyphaeError('IDENTITY_CORRUPT', 'identity file: malformed content')
  return new Identity(ports, {
    inception: records.inception,
    rotations: records.rotations,
    signer: localSigner(ports.publicKey, ports.random, suite, secret),
    next: next && restoreNext(ports, next),
  })
}

function restoreNext(ports: IdentityPorts, next: { readonly suite: number; readonly secret: Uint8Array }) {
  if (!isSuiteId(next.suite) || next.secret.length !== SUITES[next.suite].secretKeyBytes) {
    throw new HyphaeError('IDENTITY_CORRUPT', 'identity file: malformed content')
  }
  return localSigner(ports.publicKey, ports.random, next.suite, next.secret)
}
