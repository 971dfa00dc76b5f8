import { HyphaeError } from '../../core/errors.js'
import { type MlKem768, type MlKemKey } from '../../ports/crypto.js'
import { freedKey } from '../key.js'
import { type KernelInstance } from './instance.js'
import { KEM_CIPHERTEXT, KEM_DK, KEM_EK, KEM_SEED, KEM_SHARED } from './map.js'

const SEED_BYTES = 64
const COINS_BYTES = 32
const SECRET_BYTES = 32
const PUBLIC_KEY_BYTES = 1184
const CIPHERTEXT_BYTES = 1088
/** The decapsulation key of FIPS 203. */
const SECRET_KEY_BYTES = 2400
/** That and the expanded matrix, nine entries of 528 bytes: to expand it anew would nearly double a decapsulation. */
const HELD_BYTES = SECRET_KEY_BYTES + 9 * 528

function checkLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length === length) return
  throw new HyphaeError('INVALID_ARGUMENT', `${what} of ML-KEM-768 has ${length} bytes, not ${bytes.length}`)
}

/**
 * ML-KEM-768 (FIPS 203) by the WebAssembly kernel. A secret key enters the kernel's memory for the length of a call only;
 * everything secret there is wiped before the call returns.
 */
export class WasmMlKem768 implements MlKem768 {
  readonly backend = 'wasm'
  readonly takesCoins = true

  constructor(private readonly kernel: KernelInstance) {}

  /**
   * Key of a 64-byte seed (d ‖ z).
   * @throws HyphaeError INVALID_ARGUMENT for another length
   */
  keyPair(seed: Uint8Array): MlKemKey {
    checkLength(seed, SEED_BYTES, 'a seed')
    const { kernel } = this
    kernel.write(seed, 0, SEED_BYTES, KEM_SEED)
    kernel.exports.mlkemKeyGen()
    const publicKey = kernel.copy(KEM_EK, PUBLIC_KEY_BYTES)
    const held = kernel.copy(KEM_DK, HELD_BYTES)
    kernel.exports.mlkemWipe()
    return new WasmMlKemKey(kernel, publicKey, held)
  }

  /**
   * Encapsulates with the input checks of FIPS 203 §7.2.
   * @throws HyphaeError INVALID_ARGUMENT for a public key of another length or with a coefficient ≥ q, and for coins that
   * are not 32 bytes
   */
  encapsulate(publicKey: Uint8Array, coins: Uint8Array): { ciphertext: Uint8Array; secret: Uint8Array } {
    checkLength(publicKey, PUBLIC_KEY_BYTES, 'a public key')
    checkLength(coins, COINS_BYTES, 'an encapsulation')
    const { kernel } = this
    kernel.write(publicKey, 0, PUBLIC_KEY_BYTES, KEM_EK)
    if (kernel.exports.mlkemCheck() === 0) {
      throw new HyphaeError('INVALID_ARGUMENT', 'a public key of ML-KEM-768 has a coefficient that is not below q')
    }
    kernel.write(coins, 0, COINS_BYTES, KEM_SEED)
    kernel.exports.mlkemExpand()
    kernel.exports.mlkemEncaps()
    const ciphertext = kernel.copy(KEM_CIPHERTEXT, CIPHERTEXT_BYTES)
    const secret = kernel.copy(KEM_SHARED, SECRET_BYTES)
    kernel.exports.mlkemWipe()
    return { ciphertext, secret }
  }
}

class WasmMlKemKey implements MlKemKey {
  private held: Uint8Array | undefined

  /** @param held - secret key and matrix; larger than 64 bytes, so outside the garbage collector's heap, where nothing moves */
  constructor(
    private readonly kernel: KernelInstance,
    readonly publicKey: Uint8Array,
    held: Uint8Array,
  ) {
    this.held = held
  }

  decapsulate(ciphertext: Uint8Array): Uint8Array {
    if (this.held === undefined) throw freedKey()
    checkLength(ciphertext, CIPHERTEXT_BYTES, 'a ciphertext')
    const { kernel } = this
    kernel.write(this.held, 0, HELD_BYTES, KEM_DK)
    kernel.write(ciphertext, 0, CIPHERTEXT_BYTES, KEM_CIPHERTEXT)
    kernel.exports.mlkemDecaps()
    const secret = kernel.copy(KEM_SHARED, SECRET_BYTES)
    kernel.exports.mlkemWipe()
    return secret
  }

  free(): void {
    this.held?.fill(0, 0, SECRET_KEY_BYTES)
    this.held = undefined
  }
}
