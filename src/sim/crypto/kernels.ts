import { HyphaeError } from '../../core/errors.js'
import { fallbackOnion } from '../../kernels/fallback/onion.js'
import { fallbackTables } from '../../kernels/fallback/tables/index.js'
import type { Aead, AeadKey, AeadMessage, Blake3, Kernels } from '../../ports/kernels.js'
import { littleEndian, Mixer, putWord } from './mixer.js'

const TAG_BYTES = 16

/**
 * Stand-ins for AEAD and BLAKE3 with equal sizes, **without any secrecy**: the keystream is that of a weak generator and
 * the tag a 128-bit checksum, which catches every changed byte that faults of a simulated network bring about, and no
 * forger. Onion cells and tables are the real ones. For simulations of many nodes; exported from `hyphae/testing` only.
 */
export function createFakeKernels(): Kernels {
  const backends = { aead: 'simulated', blake3: 'simulated', onion: 'fallback', tables: 'fallback' }
  return { aead: new FakeAead(), blake3: new FakeBlake3(), onion: fallbackOnion, tables: fallbackTables, backends }
}

class FakeAead implements Aead {
  private readonly mixer = new Mixer()

  key(key: Uint8Array): AeadKey {
    if (key.length !== 32) throw new HyphaeError('INVALID_ARGUMENT', 'an AEAD key has 32 bytes')
    return new FakeAeadKey(key, this.mixer)
  }
}

class FakeAeadKey implements AeadKey {
  private a: number
  private b: number
  private freed = false

  constructor(
    key: Uint8Array,
    private readonly mixer: Mixer,
  ) {
    mixer.begin(2, 0, 0, 0).bytes(key, 0, key.length).finish()
    this.a = mixer.squeeze()
    this.b = mixer.squeeze()
  }

  seal(...[nonce, ad, adFrom, adTo, source, from, to, target = source, at = from]: AeadMessage): void {
    const end = at + to - from
    if (end + TAG_BYTES > target.length) throw new HyphaeError('INVALID_ARGUMENT', 'no room for the tag')
    if (target !== source || at !== from) target.set(source.subarray(from, to), at)
    this.crypt(nonce, target, at, end)
    this.tag(nonce, ad, adFrom, adTo, target, at, end)
    this.mixer.state(target, end)
  }

  open(...[nonce, ad, adFrom, adTo, source, from, to, target = source, at = from]: AeadMessage): boolean {
    const end = to - TAG_BYTES
    if (end < from) return false
    this.tag(nonce, ad, adFrom, adTo, source, from, end)
    this.mixer.state(expected, 0)
    for (let i = 0; i < TAG_BYTES; i++) if (expected[i] !== source[end + i]) return false
    if (target !== source || at !== from) target.set(source.subarray(from, end), at)
    this.crypt(nonce, target, at, at + end - from)
    return true
  }

  free(): void {
    this.freed = true
    this.a = 0
    this.b = 0
  }

  private tag(
    nonce: Uint8Array,
    ad: Uint8Array,
    adFrom: number,
    adTo: number,
    buffer: Uint8Array,
    from: number,
    to: number,
  ): void {
    this.mixer.begin(this.a, this.b, littleEndian(nonce, 4), littleEndian(nonce, 8) ^ littleEndian(nonce, 0))
    this.mixer.bytes(ad, adFrom, adTo).bytes(buffer, from, to).finish()
  }

  /** XORs with an xorshift sequence that starts from key and nonce; its own inverse. */
  private crypt(nonce: Uint8Array, buffer: Uint8Array, from: number, to: number): void {
    if (this.freed) throw new HyphaeError('INTERNAL', 'a freed key was used')
    let x = this.a ^ littleEndian(nonce, 4) || 1
    const y = this.b ^ Math.imul(littleEndian(nonce, 8), 0x9e3779b1)
    let at = from
    for (; at + 4 <= to; at += 4) {
      x ^= x << 13
      x ^= x >>> 17
      x ^= x << 5
      putWord(buffer, at, littleEndian(buffer, at) ^ x ^ y)
    }
    for (; at < to; at++) buffer[at] = buffer[at] ^ (x >>> (8 * ((at - from) & 3))) ^ y
  }
}

const expected = new Uint8Array(TAG_BYTES)

class FakeBlake3 implements Blake3 {
  private readonly mixer = new Mixer()

  hash(input: Uint8Array, length = 32): Uint8Array {
    return this.mixer.begin(3, 1, 0, 0).bytes(input, 0, input.length).finish().fill(new Uint8Array(length))
  }

  keyed(key: Uint8Array, input: Uint8Array, length = 32): Uint8Array {
    if (key.length !== 32) throw new HyphaeError('INVALID_ARGUMENT', 'a BLAKE3 key has 32 bytes')
    this.mixer.begin(3, 2, 0, 0).bytes(key, 0, key.length).bytes(input, 0, input.length)
    return this.mixer.finish().fill(new Uint8Array(length))
  }

  deriveKey(context: string, material: Uint8Array, length = 32): Uint8Array {
    this.mixer.begin(3, 3, 0, 0).text(context).bytes(material, 0, material.length)
    return this.mixer.finish().fill(new Uint8Array(length))
  }

  hashInto(input: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
    target.set(this.hash(input.subarray(from, to)), at)
  }

  keyedInto(key: Uint8Array, input: Uint8Array, from: number, to: number, target: Uint8Array, at: number): void {
    target.set(this.keyed(key, input.subarray(from, to)), at)
  }

  hashMany(items: Uint8Array, itemBytes: number, target = new Uint8Array((items.length / itemBytes) * 32)): Uint8Array {
    for (let i = 0; i * itemBytes < items.length; i++) {
      this.hashInto(items, i * itemBytes, (i + 1) * itemBytes, target, 32 * i)
    }
    return target
  }

  keyedMany(
    key: Uint8Array,
    items: Uint8Array,
    itemBytes: number,
    target = new Uint8Array((items.length / itemBytes) * 32),
  ): Uint8Array {
    for (let i = 0; i * itemBytes < items.length; i++) {
      this.keyedInto(key, items, i * itemBytes, (i + 1) * itemBytes, target, 32 * i)
    }
    return target
  }
}
