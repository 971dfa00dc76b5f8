import { chacha20poly1305, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { ml_kem768 as mlKem } from '@noble/post-quantum/ml-kem.js'
import { builtKernels } from '../built.mjs'
import { bytes as bytesOf, inTurn, record } from '../inputs.mjs'
import { onionOperations } from '../operations/onion.mjs'

/** @noble/ciphers, hashes and post-quantum in TypeScript; the onion layers made of them are hyphae's own fallback. */
export const noble = {
  name: 'noble',
  runtimes: ['node', 'browser'],
  async load() {
    const { onion } = await builtKernels({ backend: 'fallback' })
    return { ...aead, ...extended, ...hashes, ...kem, ...(onion && onionOperations(onion)) }
  },
}

const aead = {
  seal({ bytes }) {
    const { secret, nonce, header, text } = record(bytes)
    const out = new Uint8Array(bytes + 16)
    return () => chacha20poly1305(secret, nonce, header).encrypt(text, out)
  },
  open({ bytes }) {
    const { secret, nonce, header, text } = record(bytes)
    const sealed = chacha20poly1305(secret, nonce, header).encrypt(text)
    const out = new Uint8Array(bytes)
    return () => chacha20poly1305(secret, nonce, header).decrypt(sealed, out)
  },
}

const extended = {
  sealExtended({ bytes }) {
    const { secret, nonce, header, text } = record(bytes, 24)
    const out = new Uint8Array(bytes + 16)
    return () => xchacha20poly1305(secret, nonce, header).encrypt(text, out)
  },
}

const hashes = {
  hash({ bytes }) {
    const input = bytesOf(bytes)
    return () => blake3(input)
  },
  hashMany({ bytes, count }) {
    const inputs = Array.from({ length: count }, (_, i) => bytesOf(bytes, i + 1))
    return () => inputs.forEach(input => blake3(input))
  },
}

const kem = {
  keygen() {
    const seed = bytesOf(64)
    return () => mlKem.keygen(seed)
  },
  encapsulate() {
    const { publicKey } = mlKem.keygen(bytesOf(64))
    const coins = bytesOf(32, 9)
    return () => mlKem.encapsulate(publicKey, coins)
  },
  decapsulate() {
    const { publicKey, secretKey } = mlKem.keygen(bytesOf(64))
    const made = Array.from({ length: 8 }, (_, i) => mlKem.encapsulate(publicKey, bytesOf(32, i + 1)).cipherText)
    // Prepared: with the matrix expanded once, as hyphae used it before it had a kernel.
    const prepared = mlKem.prepare(publicKey)
    return inTurn(made, ciphertext => prepared.decapsulate(ciphertext, secretKey))
  },
}
