import { sha3_256, shake256 } from '@noble/hashes/sha3.js'
import { concat, wipe } from '../core/bytes.js'
import { HyphaeError } from '../core/errors.js'
import type { Decapsulator, Kem, MlKem768, MlKemKey, X25519, X25519Key } from '../ports/crypto.js'
import type { Random } from '../ports/random.js'
import { XWING } from '../wire/xwing.js'
import { hasReducedCoefficients, MLKEM768 } from './ml-kem-keys.js'

/** `\.//^\`, the label of draft-connolly-cfrg-xwing-kem. */
const LABEL = Uint8Array.of(0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c)

/**
 * X-Wing (draft-connolly-cfrg-xwing-kem) from an ML-KEM-768 and an X25519. Beyond the draft both sides refuse an X25519
 * share of low order, which the draft lets pass because ML-KEM covers it.
 *
 * @param random - where coins come from when a caller of `encapsulate` gives none
 */
export function createXWing(mlkem: MlKem768, x25519: X25519, random: Random): Kem {
  return {
    backends: { mlkem768: mlkem.backend, x25519: x25519.backend },
    takesCoins: mlkem.takesCoins,
    keyPair(seed) {
      const decapsulator = expand(mlkem, x25519, seed)
      return { publicKey: decapsulator.publicKey, decapsulator }
    },
    encapsulate(publicKey, coins) {
      if (coins && coins.length !== XWING.coins)
        throw new HyphaeError('INVALID_ARGUMENT', 'X-Wing takes 64 bytes of coins')
      const used = coins ?? random.fill(new Uint8Array(XWING.coins))
      const result = encapsulate(mlkem, x25519, publicKey, used)
      if (!coins) wipe(used)
      return result
    },
  }
}

function expand(mlkem: MlKem768, x25519: X25519, seed: Uint8Array): Decapsulator {
  if (seed.length !== XWING.seed) throw new HyphaeError('INVALID_ARGUMENT', 'an X-Wing seed has 32 bytes')
  const expanded = shake256(seed, { dkLen: MLKEM768.seed + 32 })
  const lattice = mlkem.keyPair(expanded.subarray(0, MLKEM768.seed))
  const classical = x25519.key(expanded.subarray(MLKEM768.seed))
  wipe(expanded)
  return new SoftDecapsulator(lattice, classical)
}

function encapsulate(mlkem: MlKem768, x25519: X25519, publicKey: Uint8Array, coins: Uint8Array) {
  if (publicKey.length !== XWING.publicKey || !hasReducedCoefficients(publicKey)) return undefined
  const theirs = publicKey.subarray(MLKEM768.publicKey)
  const ephemeral = x25519.key(coins.subarray(MLKEM768.coins))
  const classical = ephemeral.shared(theirs)
  ephemeral.free()
  if (!classical) return undefined
  const share = ephemeral.publicKey
  const lattice = mlkem.encapsulate(publicKey.subarray(0, MLKEM768.publicKey), coins.subarray(0, MLKEM768.coins))
  const secret = combine(lattice.secret, classical, share, theirs)
  wipe(lattice.secret, classical)
  return { ciphertext: concat(lattice.ciphertext, share), secret }
}

function combine(lattice: Uint8Array, classical: Uint8Array, share: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const input = concat(lattice, classical, share, publicKey, LABEL)
  const secret = sha3_256(input)
  wipe(input)
  return secret
}

/** A decapsulator whose key is held in this process and which answers at once. */
class SoftDecapsulator implements Decapsulator {
  readonly publicKey: Uint8Array
  readonly #lattice: MlKemKey
  readonly #classical: X25519Key
  #freed = false

  constructor(lattice: MlKemKey, classical: X25519Key) {
    this.#lattice = lattice
    this.#classical = classical
    this.publicKey = concat(lattice.publicKey, classical.publicKey)
  }

  decapsulate(ciphertext: Uint8Array): Uint8Array | false {
    if (this.#freed || ciphertext.length !== XWING.ciphertext) return false
    const share = ciphertext.subarray(MLKEM768.ciphertext)
    const classical = this.#classical.shared(share)
    if (!classical) return false
    const lattice = this.#lattice.decapsulate(ciphertext.subarray(0, MLKEM768.ciphertext))
    const secret = combine(lattice, classical, share, this.#classical.publicKey)
    wipe(lattice, classical)
    return secret
  }

  free(): void {
    this.#freed = true
    this.#lattice.free()
    this.#classical.free()
  }
}
