import { HyphaeError } from '../../core/errors.js'
import type { Decapsulator, Kem } from '../../ports/crypto.js'
import type { Random } from '../../ports/random.js'
import { XWING } from '../../wire/xwing.js'
import { Mixer } from './mixer.js'

/**
 * A KEM with the sizes of X-Wing and none of its security: **anybody who sees a ciphertext and the public key can
 * compute the secret.** Both sides agree, a changed key or ciphertext yields another secret, and an operation costs
 * microseconds: a thousand simulated nodes can shake hands in no time. Exported from `hyphae/testing` only.
 *
 * @param random - where coins come from when none are given; a seeded one keeps simulations repeatable
 */
export function createFakeKem(random: Random): Kem {
  const mixer = new Mixer()
  return {
    backends: { mlkem768: 'simulated', x25519: 'simulated' },
    takesCoins: true,
    keyPair(seed) {
      if (seed.length !== XWING.seed) throw new HyphaeError('INVALID_ARGUMENT', 'an X-Wing seed has 32 bytes')
      const publicKey = mixer
        .begin(1, 1, 0, 0)
        .bytes(seed, 0, seed.length)
        .finish()
        .fill(new Uint8Array(XWING.publicKey))
      return { publicKey, decapsulator: new FakeDecapsulator(publicKey, mixer) }
    },
    encapsulate(publicKey, coins) {
      if (publicKey.length !== XWING.publicKey) return undefined
      if (coins && coins.length !== XWING.coins)
        throw new HyphaeError('INVALID_ARGUMENT', 'X-Wing takes 64 bytes of coins')
      const used = coins ?? random.fill(new Uint8Array(XWING.coins))
      const ciphertext = mixer
        .begin(1, 2, 0, 0)
        .bytes(used, 0, used.length)
        .finish()
        .fill(new Uint8Array(XWING.ciphertext))
      return { ciphertext, secret: secretOf(mixer, publicKey, ciphertext) }
    },
  }
}

class FakeDecapsulator implements Decapsulator {
  private freed = false

  constructor(
    readonly publicKey: Uint8Array,
    private readonly mixer: Mixer,
  ) {}

  decapsulate(ciphertext: Uint8Array): Uint8Array | false {
    if (this.freed || ciphertext.length !== XWING.ciphertext) return false
    return secretOf(this.mixer, this.publicKey, ciphertext)
  }

  free(): void {
    this.freed = true
  }
}

function secretOf(mixer: Mixer, publicKey: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  mixer.begin(1, 3, 0, 0).bytes(publicKey, 0, publicKey.length).bytes(ciphertext, 0, ciphertext.length)
  return mixer.finish().fill(new Uint8Array(XWING.secret))
}
