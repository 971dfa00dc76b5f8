import { noblePublicKeyCrypto } from '../../src/crypto/public-key.js'
import { ChainVerifier, type ChainVerifierOptions } from '../../src/crypto/identity/chain.js'
import { loadKernels } from '../../src/kernels/index.js'
import {
  createIdentity,
  type CreateIdentityOptions,
  type IdentityPorts,
  networkIdOf,
} from '../../src/node/api/identity.js'
import { seededRandom } from './vectors.js'

/** Ports and helpers that tests of identities share; everything deterministic. */
export function identityBench(seed = 1) {
  const random = seededRandom(seed)
  const ports: IdentityPorts = { kernels: loadKernels(), publicKey: noblePublicKeyCrypto(random), random }
  const crypto = { blake3: ports.kernels.blake3, publicKey: ports.publicKey }
  const networkId = networkIdOf(ports.kernels, 'test')
  return {
    ports,
    crypto,
    networkId,
    wallMs: 1_800_000_000_000,
    create: (options?: CreateIdentityOptions) => createIdentity(ports, options),
    verifier: (options?: Partial<ChainVerifierOptions>) => new ChainVerifier({ crypto, networkId, ...options }),
  }
}

/** A copy with one byte changed. */
export function flip(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const copy = bytes.slice()
  copy[at] = copy[at] ^ mask
  return copy
}
