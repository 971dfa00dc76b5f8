import { inTurn, mustHold, record } from '../inputs.mjs'

const CIPHER = 'chacha20-poly1305'
const OPTIONS = { authTagLength: 16 }

/** OpenSSL behind node:crypto, written into a buffer that is used again. */
export const nodeCrypto = {
  name: 'node:crypto',
  runtimes: ['node'],
  async load() {
    const crypto = await import('node:crypto')
    return { ...aead(crypto), ...(crypto.encapsulate ? mlKem(crypto) : {}) }
  },
}

function aead({ createCipheriv, createDecipheriv }) {
  const seal = ({ secret, nonce, header, text }, out) => {
    const cipher = createCipheriv(CIPHER, secret, nonce, OPTIONS)
    cipher.setAAD(header)
    out.set(cipher.update(text))
    cipher.final()
    out.set(cipher.getAuthTag(), text.length)
  }
  const open = ({ secret, nonce, header }, sealed, out) => {
    const decipher = createDecipheriv(CIPHER, secret, nonce, OPTIONS)
    decipher.setAAD(header)
    decipher.setAuthTag(sealed.subarray(sealed.length - 16))
    out.set(decipher.update(sealed.subarray(0, sealed.length - 16)))
    decipher.final()
  }
  const sealing = ({ bytes }) => {
    const input = record(bytes)
    const out = new Uint8Array(bytes + 16)
    return () => seal(input, out)
  }
  return {
    seal: sealing,
    sealChosen: sealing,
    open({ bytes }) {
      const input = record(bytes)
      const [sealed, out] = [new Uint8Array(bytes + 16), new Uint8Array(bytes)]
      seal(input, sealed)
      return () => open(input, sealed, out)
    },
    /** Not a wide block: an AEAD a layer, which is what one would build onions from here. */
    onionWrap({ bytes, cells, layers }) {
      const input = record(bytes)
      const out = new Uint8Array(bytes + 16)
      return () => {
        for (let i = 0; i < cells * layers; i++) seal(input, out)
      }
    },
    onionPeel({ bytes, cells }) {
      const input = record(bytes)
      const [sealed, out] = [new Uint8Array(bytes + 16), new Uint8Array(bytes)]
      seal(input, sealed)
      return () => {
        for (let i = 0; i < cells; i++) open(input, sealed, out)
      }
    },
  }
}

/** From Node 24.7 on. Keys are prepared objects, as its documentation shows it. */
function mlKem({ generateKeyPairSync, encapsulate, decapsulate }) {
  const pair = generateKeyPairSync('ml-kem-768')
  return {
    keygen: () => () => generateKeyPairSync('ml-kem-768'),
    encapsulate: () => () => encapsulate(pair.publicKey),
    decapsulate() {
      const made = Array.from({ length: 16 }, () => encapsulate(pair.publicKey))
      mustHold(decapsulate(pair.privateKey, made[0].ciphertext).equals(made[0].sharedKey), 'node:crypto decapsulates')
      return inTurn(made, ({ ciphertext }) => decapsulate(pair.privateKey, ciphertext))
    },
  }
}
