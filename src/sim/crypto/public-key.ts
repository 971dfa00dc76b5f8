import { HyphaeError } from '../../core/errors.js'
import { MLDSA } from '../../crypto/ml-dsa.js'
import { noblePublicKeyCrypto } from '../../crypto/public-key.js'
import type { Kem, MlDsa, PublicKeyCrypto } from '../../ports/crypto.js'
import type { Random } from '../../ports/random.js'
import { Mixer } from './mixer.js'

/**
 * Public-key primitives for simulated nodes of `createNode`: a stand-in KEM, stand-ins of equal sizes for ML-DSA whose
 * signatures **anybody can forge** who has the public key, and genuine classical ones. Exported from `hyphae/testing` only.
 */
export function createFakePublicKey(kem: Kem, random: Random): PublicKeyCrypto {
  const genuine = noblePublicKeyCrypto(random)
  return { ...genuine, kem, mldsa65: new FakeMlDsa(MLDSA[65]), mldsa87: new FakeMlDsa(MLDSA[87]) }
}

class FakeMlDsa implements MlDsa {
  readonly backend = 'simulated'
  private readonly mixer = new Mixer()

  constructor(private readonly sizes: { readonly publicKey: number; readonly signature: number }) {}

  publicKey(seed: Uint8Array): Uint8Array {
    if (seed.length !== 32) throw new HyphaeError('INVALID_ARGUMENT', 'an ML-DSA seed has 32 bytes')
    return this.mixer.begin(5, 1, 0, 0).bytes(seed, 0, 32).finish().fill(new Uint8Array(this.sizes.publicKey))
  }

  sign(seed: Uint8Array, message: Uint8Array, context: Uint8Array): Uint8Array {
    return this.signature(this.publicKey(seed), message, context)
  }

  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, context: Uint8Array): boolean {
    if (publicKey.length !== this.sizes.publicKey || signature.length !== this.sizes.signature) return false
    const expected = this.signature(publicKey, message, context)
    return expected.every((byte, i) => byte === signature[i])
  }

  private signature(publicKey: Uint8Array, message: Uint8Array, context: Uint8Array): Uint8Array {
    const { mixer } = this
    mixer.begin(5, 2, 0, 0).bytes(publicKey, 0, publicKey.length)
    mixer.bytes(context, 0, context.length).bytes(message, 0, message.length)
    return mixer.finish().fill(new Uint8Array(this.sizes.signature))
  }
}
