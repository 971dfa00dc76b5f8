import { scrypt } from 'node:crypto'
import { nobleEd25519 } from '../../crypto/ed25519.js'
import type { KdfParams } from '../../crypto/identity/identity-file.js'
import { nobleMlDsa65, nobleMlDsa87 } from '../../crypto/ml-dsa.js'
import { nobleMlKem768 } from '../../crypto/ml-kem.js'
import { nobleP384 } from '../../crypto/p384.js'
import { nobleSlhDsa128s } from '../../crypto/slh-dsa.js'
import { nobleX25519 } from '../../crypto/x25519.js'
import { createXWing } from '../../crypto/xwing.js'
import type { FullPublicKeyCrypto, MlKem768 } from '../../ports/crypto.js'
import type { Random } from '../../ports/random.js'
import { nativeEd25519, nativeP384, nativeX25519 } from './classical/node.js'
import { BACKEND, own } from './keys/node.js'
import { knowsSlhDsa, nativeMlDsa65, nativeMlDsa87, nativeMlKem768, nativeSlhDsa } from './lattice/node.js'
import { probeEd25519, probeMlDsa, probeMlKem768, probeP384, probeX25519 } from './probe.js'

/**
 * The public-key primitives of Node (and of what imitates its `node:crypto`): each part native where the runtime has it and
 * its answers are right, in TypeScript otherwise. X25519, Ed25519 and P-384 everywhere; ML-KEM, ML-DSA and SLH-DSA from
 * Node 24 on. Each part is tried once a process, which takes tens of milliseconds.
 *
 * @param random - where the KEM draws coins when its caller gives none
 * @param mlkem768 - gives the ML-KEM of the kernels, if there is one, for where none is native; asked only then
 */
export function nodePublicKeyCrypto(random: Random, mlkem768?: () => MlKem768 | undefined): FullPublicKeyCrypto {
  parts ??= chooseParts()
  const { native, ...rest } = parts
  return { ...rest, kem: createXWing(native ?? mlkem768?.() ?? nobleMlKem768, rest.x25519, random) }
}

interface Parts extends Omit<FullPublicKeyCrypto, 'kem'> {
  /** ML-KEM of the runtime. */
  readonly native: MlKem768 | undefined
}

/** The runtime does not change under a process, so the choice is made once. */
let parts: Parts | undefined

function chooseParts(): Parts {
  const mldsa65 = choose(nativeMlDsa65, nobleMlDsa65, probeMlDsa)
  return {
    mldsa65,
    x25519: choose(nativeX25519, nobleX25519, probeX25519),
    ed25519: choose(nativeEd25519(), nobleEd25519, probeEd25519),
    p384: choose(nativeP384, nobleP384, probeP384),
    native: choose<MlKem768 | undefined>(nativeMlKem768, undefined, () => probeMlKem768(nativeMlKem768)),
    mldsa87: choose(nativeMlDsa87, nobleMlDsa87, probeMlDsa),
    // A trial signature would take half a second. Contexts, the only doubtful thing, are tried with ML-DSA.
    slhdsa128s: choose(nativeSlhDsa, nobleSlhDsa128s, () => mldsa65.backend === BACKEND && knowsSlhDsa()),
  }
}

/** scrypt of Node, off the main thread. */
export function nodeScrypt(passphrase: string, salt: Uint8Array, { logN, r, p }: KdfParams): Promise<Uint8Array> {
  const options = { N: 2 ** logN, r, p, maxmem: 128 * 2 ** logN * r + 128 * r * p + 1024 * 1024 }
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) => {
      if (error) reject(error)
      else resolve(own(key))
    })
  })
}

/** The native one if it passes its probe without throwing. A part that is missing throws. */
function choose<T>(native: T, fallback: T, probe: (candidate: T) => boolean): T {
  try {
    return probe(native) ? native : fallback
  } catch {
    return fallback
  }
}
