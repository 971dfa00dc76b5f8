import { describe, expect, it } from 'vitest'
import { concat } from '../../src/core/bytes.js'
import { fromHex, toHex, utf8 } from '../../src/core/text.js'
import { kernelsBase64 } from '../../src/kernels/embedded.js'
import { holdKey } from '../../src/kernels/key.js'
import { instantiate } from '../../src/kernels/wasm/instance.js'
import { BUFFER, STATE_KEY } from '../../src/kernels/wasm/map.js'
import { backends, open, seal, vectors } from './backends.js'

type Fields<K extends string> = Record<K, string>

interface Rfc8439 {
  chacha20: (Fields<'section' | 'key' | 'nonce' | 'plaintext' | 'ciphertext'> & { counter: number })[]
  aead: Fields<'section' | 'key' | 'nonce' | 'ad' | 'plaintext' | 'ciphertext' | 'tag'>[]
}

interface Wycheproof {
  cases: [number, string, string, string, string, string, string, boolean][]
}

interface Blake3Vectors {
  key: string
  context_string: string
  cases: ({ input_len: number } & Fields<'hash' | 'keyed_hash' | 'derive_key'>)[]
}

const rfc = vectors<Rfc8439>('chacha20poly1305-rfc8439.json')
const wycheproof = vectors<Wycheproof>('chacha20poly1305-wycheproof.json')
const blake3Vectors = vectors<Blake3Vectors>('blake3.json')

describe('the vector files', () => {
  it('hold as many cases as they were published with', () => {
    expect(rfc.chacha20).toHaveLength(1)
    expect(rfc.aead.map(vector => vector.section)).toEqual(['2.8.2', 'A.5'])
    expect(wycheproof.cases).toHaveLength(316)
    expect(wycheproof.cases.filter(([, , , , , , , valid]) => !valid).length).toBeGreaterThan(50)
    expect(blake3Vectors.cases).toHaveLength(35)
    expect(blake3Vectors.cases.at(-1)?.input_len).toBe(102_400)
  })

  it('[D30] ChaCha20 of the kernel gives the key stream of RFC 8439 §2.4.2', () => {
    const vector = rfc.chacha20[0]
    if (vector === undefined) throw new Error('no vector')
    const kernel = instantiate(new WebAssembly.Module(Buffer.from(kernelsBase64, 'base64')))
    const nonce = new DataView(fromHex(vector.nonce).buffer)
    const text = fromHex(vector.plaintext)
    kernel.writeKey(holdKey(fromHex(vector.key)), STATE_KEY)
    kernel.exports.aeadBegin(nonce.getUint32(0, true), nonce.getUint32(4, true), nonce.getUint32(8, true))
    kernel.write(text, 0, text.length, BUFFER)
    kernel.exports.aeadXor(text.length, vector.counter)
    kernel.read(BUFFER, text.length, text, 0)
    expect(toHex(text)).toBe(vector.ciphertext)
  })
})

describe.each(backends)('%s', (_, { aead, blake3 }) => {
  it.each(rfc.aead)('[D30] ChaCha20-Poly1305: RFC 8439 §$section', vector => {
    const [key, nonce, ad, text] = [vector.key, vector.nonce, vector.ad, vector.plaintext].map(fromHex) as Four
    const sealed = seal(aead, key, nonce, ad, text)
    expect(toHex(sealed)).toBe(vector.ciphertext + vector.tag)
    expect(toHex(open(aead, key, nonce, ad, sealed) ?? key)).toBe(vector.plaintext)
  })

  it('[D30] ChaCha20-Poly1305: every Wycheproof case is sealed, opened or refused as it should be', () => {
    let checked = 0
    for (const [id, ...fields] of wycheproof.cases) {
      const [key, nonce, ad, text, ciphertext, tag] = fields.slice(0, 6).map(field => fromHex(field as string)) as Six
      const sealed = concat(ciphertext, tag)
      const opened = open(aead, key, nonce, ad, sealed)
      if (fields[6]) {
        expect(toHex(seal(aead, key, nonce, ad, text)), `seal, case ${id}`).toBe(toHex(sealed))
        expect(opened && toHex(opened), `open, case ${id}`).toBe(toHex(text))
      } else expect(opened, `refuse, case ${id}`).toBeUndefined()
      checked++
    }
    expect(checked).toBe(316)
  })

  it('[E16] BLAKE3: the official vectors of hash, keyed hash and derive-key, with extended output', () => {
    const key = utf8(blake3Vectors.key)
    for (const { input_len: length, ...want } of blake3Vectors.cases) {
      const input = Uint8Array.from({ length }, (_, i) => i % 251)
      for (const bytes of [want.hash.length / 2, 32, 1, 63, 64, 65]) {
        const prefix = 2 * bytes
        expect(toHex(blake3.hash(input, bytes)), `hash of ${length}`).toBe(want.hash.slice(0, prefix))
        expect(toHex(blake3.keyed(key, input, bytes)), `keyed of ${length}`).toBe(want.keyed_hash.slice(0, prefix))
        const derived = blake3.deriveKey(blake3Vectors.context_string, input, bytes)
        expect(toHex(derived), `derived of ${length}`).toBe(want.derive_key.slice(0, prefix))
      }
    }
  })
})

type Four = [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
type Six = [...Four, Uint8Array, Uint8Array]
