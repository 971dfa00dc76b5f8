import { type SecretParts, SessionSecrets } from '../../src/crypto/session/keys.js'
import { fromHex } from '../../src/core/text.js'

/** Secrets from their hex forms, as vectors have them. */
export const secretsOf = (vector: { readonly [K in keyof SecretParts]: string }) => {
  const parts = Object.entries(vector).map(([name, value]) => [name, fromHex(value)])
  return new SessionSecrets(Object.fromEntries(parts) as SecretParts)
}

/** The same as plain arrays, to hold against those of another implementation. */
export const plainSecrets = (secrets: SecretParts | undefined) => {
  if (secrets === undefined) return undefined
  const { root, chain, resumption, attach, exporter, channelBinding } = secrets
  return { root, chain, resumption, attach, exporter, channelBinding }
}
