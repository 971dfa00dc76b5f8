import { utf8 } from '../../core/text.js'

/** Every derivation label of identities; nothing else may use them. The text is part of the protocol. */
export const IDENTITY_LABEL = {
  peerId: 'hyphae/1 peer-id',
  nextRoot: 'hyphae/1 next-root',
  networkId: 'hyphae/1 network-id',
  fingerprint: 'hyphae/1 fingerprint',
  fileKey: 'hyphae/1 identity-file',
  fileChecksum: 'hyphae/1 identity-file-checksum',
  message: 'hyphae/1 message-signature',
} as const

/** Signature contexts of root keys, so that no record can stand for one of another kind. */
export const SIGN_CONTEXT = {
  rotation: utf8('hyphae/1 rotation'),
  certificate: utf8('hyphae/1 certificate'),
  revocation: utf8('hyphae/1 revocation'),
} as const
