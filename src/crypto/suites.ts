import { concat, wipe } from '../core/bytes.js'
import { HyphaeError } from '../core/errors.js'
import type { PublicKeyCrypto } from '../ports/crypto.js'
import type { Random } from '../ports/random.js'
import { SUITE_SIZES, type SuiteId } from '../wire/identity/suites.js'
import { compositeMessage, LABEL_MLDSA65_ED25519, LABEL_MLDSA87_P384 } from './composite.js'
import { ED25519 } from './ed25519.js'
import { MLDSA } from './ml-dsa.js'
import { P384_BYTES } from './p384.js'
import { SLHDSA128S } from './slh-dsa.js'

/** How the root key of an identity signs. Component keys are never used on their own. */
export interface RootSuite {
  readonly id: SuiteId
  /** Name for people and diagnostics. */
  readonly name: string
  /** Bytes of a secret key as {@link RootSuite.generate} makes it. */
  readonly secretKeyBytes: number
  /** A new secret key. */
  generate(crypto: PublicKeyCrypto, random: Random): Uint8Array
  /** The public key of a secret key. */
  publicKey(crypto: PublicKeyCrypto, secret: Uint8Array): Uint8Array
  /** Signs under a context of at most 255 bytes. */
  sign(
    crypto: PublicKeyCrypto,
    random: Random,
    secret: Uint8Array,
    message: Uint8Array,
    context: Uint8Array,
  ): Uint8Array
  /** Whether every half of the signature verifies. Never throws; false without the suite, so ask {@link hasSuite} first. */
  verify(
    crypto: PublicKeyCrypto,
    publicKey: Uint8Array,
    message: Uint8Array,
    context: Uint8Array,
    signature: Uint8Array,
  ): boolean
}

const SEED = 32

/** id-MLDSA65-Ed25519-SHA512: secret = ML-DSA seed 32 ‖ Ed25519 seed 32. The default. */
const suite1: RootSuite = {
  id: 1,
  name: 'ML-DSA-65 + Ed25519',
  secretKeyBytes: SEED + ED25519.seed,
  generate: (_crypto, random) => random.fill(new Uint8Array(SEED + ED25519.seed)),
  publicKey: (crypto, secret) =>
    concat(crypto.mldsa65.publicKey(secret.subarray(0, SEED)), crypto.ed25519.publicKey(secret.subarray(SEED))),
  sign(crypto, random, secret, message, context) {
    const signed = compositeMessage(LABEL_MLDSA65_ED25519, context, message)
    const coins = random.fill(new Uint8Array(32))
    const lattice = crypto.mldsa65.sign(secret.subarray(0, SEED), signed, LABEL_MLDSA65_ED25519, coins)
    return concat(lattice, crypto.ed25519.sign(secret.subarray(SEED), signed))
  },
  verify(crypto, publicKey, message, context, signature) {
    if (!hasLengths(1, publicKey, signature, context)) return false
    const signed = compositeMessage(LABEL_MLDSA65_ED25519, context, message)
    const { publicKey: keyAt, signature: at } = MLDSA[65]
    // The cheap half first: a forger does not get to make us do lattice arithmetic.
    return (
      crypto.ed25519.verify(signature.subarray(at), signed, publicKey.subarray(keyAt)) &&
      crypto.mldsa65.verify(signature.subarray(0, at), signed, publicKey.subarray(0, keyAt), LABEL_MLDSA65_ED25519)
    )
  },
}

/** A primitive of suite 2 or 3, where the platform has it or was given it. */
function need<T>(primitive: T | undefined, suite: SuiteId): T {
  if (primitive !== undefined) return primitive
  throw new HyphaeError('SUITE_UNAVAILABLE', `suite ${suite} is not among what this runtime loads by default`)
}

/** id-MLDSA87-ECDSA-P384-SHA512: secret = ML-DSA seed 32 ‖ P-384 scalar 48. */
const suite2: RootSuite = {
  id: 2,
  name: 'ML-DSA-87 + ECDSA P-384',
  secretKeyBytes: SEED + P384_BYTES.secret,
  generate: (_crypto, random) => {
    const secret = random.fill(new Uint8Array(SEED + P384_BYTES.secret))
    // A scalar below 2^383 is below the order of the curve; losing one bit of 384 costs nothing that matters.
    secret[SEED] = secret[SEED] & 0x7f
    return secret
  },
  publicKey: (crypto, secret) =>
    concat(
      need(crypto.mldsa87, 2).publicKey(secret.subarray(0, SEED)),
      need(crypto.p384, 2).publicKey(secret.subarray(SEED)),
    ),
  sign(crypto, random, secret, message, context) {
    const signed = compositeMessage(LABEL_MLDSA87_P384, context, message)
    const coins = random.fill(new Uint8Array(32))
    const lattice = need(crypto.mldsa87, 2).sign(secret.subarray(0, SEED), signed, LABEL_MLDSA87_P384, coins)
    return concat(lattice, need(crypto.p384, 2).sign(secret.subarray(SEED), signed))
  },
  verify({ mldsa87, p384 }, publicKey, message, context, signature) {
    if (!mldsa87 || !p384 || !hasLengths(2, publicKey, signature, context)) return false
    const signed = compositeMessage(LABEL_MLDSA87_P384, context, message)
    const { publicKey: keyAt, signature: at } = MLDSA[87]
    return (
      p384.verify(signature.subarray(at), signed, publicKey.subarray(keyAt)) &&
      mldsa87.verify(signature.subarray(0, at), signed, publicKey.subarray(0, keyAt), LABEL_MLDSA87_P384)
    )
  },
}

/** SLH-DSA-SHA2-128s, pure, with the context of FIPS 205. For roots kept offline. */
const suite3: RootSuite = {
  id: 3,
  name: 'SLH-DSA-SHA2-128s',
  secretKeyBytes: SLHDSA128S.secretKey,
  generate(crypto, random) {
    const seed = random.fill(new Uint8Array(SLHDSA128S.seed))
    const secret = need(crypto.slhdsa128s, 3).secretKey(seed)
    wipe(seed)
    return secret
  },
  publicKey: (_crypto, secret) => secret.slice(SLHDSA128S.secretKey - SLHDSA128S.publicKey),
  sign: (crypto, random, secret, message, context) =>
    need(crypto.slhdsa128s, 3).sign(secret, message, context, random.fill(new Uint8Array(SLHDSA128S.random))),
  verify: ({ slhdsa128s }, publicKey, message, context, signature) =>
    slhdsa128s !== undefined &&
    hasLengths(3, publicKey, signature, context) &&
    slhdsa128s.verify(signature, message, publicKey, context),
}

/** The root suites by number. */
export const SUITES: Readonly<Record<SuiteId, RootSuite>> = { 1: suite1, 2: suite2, 3: suite3 }

/** Whether the primitives of a suite are at hand: those of suite 1 always are. */
export function hasSuite({ mldsa87, p384, slhdsa128s }: PublicKeyCrypto, suite: SuiteId): boolean {
  if (suite === 2) return mldsa87 !== undefined && p384 !== undefined
  return suite === 1 || slhdsa128s !== undefined
}

function hasLengths(suite: SuiteId, publicKey: Uint8Array, signature: Uint8Array, context: Uint8Array): boolean {
  const sizes = SUITE_SIZES[suite]
  return (
    publicKey.length === sizes.publicKey &&
    signature.length >= sizes.minSignature &&
    signature.length <= sizes.maxSignature &&
    context.length <= 255
  )
}
