import { mustHold, record } from '../inputs.mjs'

/**
 * Records by an Aead of hyphae: sealed in place in a buffer of its own, as a session does, and opened from where they came
 * into another, since opening in place would use the record up.
 */
export const aeadOperations = (aead, xaead) => ({
  ...operations(aead),
  sealExtended: operations(xaead, 24).seal,
})

/** Sealing by whatever implementation a node of this runtime would use. */
export const choosingOperations = aead => ({ sealChosen: operations(aead).seal })

function operations(aead, nonceBytes) {
  const prepare = bytes => {
    const { secret, nonce, header, text } = record(bytes, nonceBytes)
    const buffer = new Uint8Array(bytes + 16)
    buffer.set(text)
    return { key: aead.key(secret), nonce, header, buffer, text }
  }
  return {
    seal({ bytes }) {
      const { key, nonce, header, buffer } = prepare(bytes)
      return () => key.seal(nonce, header, 0, header.length, buffer, 0, bytes)
    },
    open({ bytes }) {
      const { key, nonce, header, buffer, text } = prepare(bytes)
      key.seal(nonce, header, 0, header.length, buffer, 0, bytes)
      const out = new Uint8Array(bytes)
      const open = () => key.open(nonce, header, 0, header.length, buffer, 0, bytes + 16, out, 0)
      mustHold(open() && out.every((byte, i) => byte === text[i]), 'hyphae opens')
      return open
    },
  }
}
