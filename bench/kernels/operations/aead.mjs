import { mustHold, record } from '../inputs.mjs'

/**
 * Records by an Aead of hyphae. Seals in place in a buffer of its own, as a session does; opens a copy, since opening uses
 * a record up.
 */
export function aeadOperations(aead) {
  const prepare = bytes => {
    const { secret, nonce, header, text } = record(bytes)
    const buffer = new Uint8Array(bytes + 16)
    buffer.set(text)
    return { key: aead.key(secret), nonce, header, buffer }
  }
  return {
    seal({ bytes }) {
      const { key, nonce, header, buffer } = prepare(bytes)
      return () => key.seal(nonce, header, 0, header.length, buffer, 0, bytes)
    },
    open({ bytes }) {
      const { key, nonce, header, buffer } = prepare(bytes)
      key.seal(nonce, header, 0, header.length, buffer, 0, bytes)
      const sealed = buffer.slice()
      const open = () => {
        buffer.set(sealed)
        return key.open(nonce, header, 0, header.length, buffer, 0, bytes + 16)
      }
      mustHold(open(), 'hyphae opens')
      return open
    },
  }
}
