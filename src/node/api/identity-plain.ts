import { compareBytes, concat, readU16, readU32, wipe, writeU16, writeU32 } from '../../core/bytes.js'
import { HyphaeError } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { utf8 } from '../../core/text.js'
import { localSigner } from '../../crypto/identity/signer.js'
import { SUITES } from '../../crypto/suites.js'
import { readChain } from '../../wire/identity/chain.js'
import { readInception } from '../../wire/identity/inception.js'
import { readRotation } from '../../wire/identity/rotation.js'
import { isSuiteId } from '../../wire/identity/suites.js'
import { Identity, type IdentityPorts } from './identity.js'

/**
 * `"HYip" 4 | version 1 | next suite 1 | secret length 2 | next length 2 | chain length 4 | secret | next | chain |
 * checksum 16`. The checksum finds damage; nothing here is encrypted.
 */
const MAGIC = utf8('HYip')
const HEADER = 14
const CHECKSUM = 16
const CHECKSUM_LABEL = 'hyphae/1 identity-plain-checksum'

/**
 * An identity with its root secrets, not encrypted: for places that only its owner can read. A node writes one where it is
 * given no passphrase.
 *
 * @throws HyphaeError INVALID_ARGUMENT for a root key held elsewhere
 */
export function writePlainIdentity({ kernels }: IdentityPorts, identity: Identity): Uint8Array {
  const secrets = identity.secrets()
  if (!secrets) throw new HyphaeError('INVALID_ARGUMENT', 'the root key is held elsewhere and cannot be kept here')
  const { current, next } = secrets
  const header = new Uint8Array(HEADER)
  header.set(MAGIC)
  header[4] = 1
  header[5] = next?.suite ?? 0
  writeU16(header, 6, current.length)
  writeU16(header, 8, next?.secret.length ?? 0)
  writeU32(header, 10, identity.rootChain.length)
  const body = concat(header, current, next?.secret ?? new Uint8Array(0), identity.rootChain)
  const content = concat(body, kernels.blake3.deriveKey(CHECKSUM_LABEL, body, CHECKSUM))
  wipe(current, next?.secret, body)
  return content
}

/**
 * Reads what {@link writePlainIdentity} wrote.
 *
 * @param where - for the error
 * @throws HyphaeError IDENTITY_CORRUPT for a damaged file, DECRYPT_FAILED for one that needs a passphrase
 */
export function readPlainIdentity(ports: IdentityPorts, content: Uint8Array, where: string): Identity {
  const corrupt = (why: string) => new HyphaeError('IDENTITY_CORRUPT', `the identity in ${where} is ${why}`)
  if (content.length > LIMITS.maxIdentityFileBytes || content.length < HEADER + CHECKSUM) throw corrupt('damaged')
  if (compareBytes(content.subarray(0, 4), utf8('HYid')) === 0) {
    throw new HyphaeError('DECRYPT_FAILED', `the identity in ${where} is encrypted`, {
      remedy: 'give its passphrase: identity: { path, passphrase }',
    })
  }
  const end = content.length - CHECKSUM
  const sum = ports.kernels.blake3.deriveKey(CHECKSUM_LABEL, content.subarray(0, end), CHECKSUM)
  if (compareBytes(content.subarray(0, 4), MAGIC) !== 0 || content[4] !== 1) throw corrupt('no identity')
  if (compareBytes(sum, content.subarray(end)) !== 0) throw corrupt('damaged')
  const nextAt = HEADER + readU16(content, 6)
  const chainAt = nextAt + readU16(content, 8)
  if (chainAt + readU32(content, 10) !== end) throw corrupt('damaged')
  const records = readChain(content.subarray(chainAt, end))
  const last = records && (records.rotations.at(-1) ?? records.inception)
  const suite = last && (readRotation(last) ?? readInception(last))?.suite
  if (!records || suite === undefined) throw corrupt('damaged')
  const signer = (id: number, secret: Uint8Array) => {
    if (!isSuiteId(id) || secret.length !== SUITES[id].secretKeyBytes) throw corrupt('damaged')
    return localSigner(ports.publicKey, ports.random, id, secret)
  }
  return new Identity(ports, {
    inception: records.inception.slice(),
    rotations: records.rotations.map(record => record.slice()),
    signer: signer(suite, content.subarray(HEADER, nextAt)),
    next: chainAt === nextAt ? undefined : signer(content[5], content.subarray(nextAt, chainAt)),
  })
}
