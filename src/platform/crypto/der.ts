import { concat } from '../../core/bytes.js'
import { fromHex } from '../../core/text.js'

/** The DER in front of raw keys: PKCS#8 for secrets (ML-* as seeds, RFC 9881 and 9935), SubjectPublicKeyInfo for public keys. */
const PREFIX = {
  x25519: { secret: '302e020100300506032b656e04220420', public: '302a300506032b656e032100' },
  ed25519: { secret: '302e020100300506032b657004220420', public: '302a300506032b6570032100' },
  p384: {
    secret: '304e020100301006072a8648ce3d020106052b81040022043730350201010430',
    public: '3076301006072a8648ce3d020106052b81040022036200',
  },
  mlkem768: {
    secret: '3054020100300b060960864801650304040204428040',
    public: '308204b2300b0609608648016503040402038204a100',
  },
  mldsa65: {
    secret: '3034020100300b060960864801650304031204228020',
    public: '308207b2300b0609608648016503040312038207a100',
  },
  mldsa87: {
    secret: '3034020100300b060960864801650304031304228020',
    public: '30820a32300b060960864801650304031303820a2100',
  },
  slhdsa128s: {
    secret: '3052020100300b06096086480165030403140440',
    public: '3030300b0609608648016503040314032100',
  },
} as const

/** Kinds of keys that can be wrapped. */
export type KeyKind = keyof typeof PREFIX

const bytes = new Map<string, Uint8Array>()

function prefixOf(kind: KeyKind, half: 'secret' | 'public'): Uint8Array {
  const hex = PREFIX[kind][half]
  const known = bytes.get(hex)
  if (known) return known
  const made = fromHex(hex)
  bytes.set(hex, made)
  return made
}

/** A raw secret key (or seed) as PKCS#8; the caller wipes it. */
export function pkcs8(kind: KeyKind, secret: Uint8Array): Uint8Array {
  return concat(prefixOf(kind, 'secret'), secret)
}

/** A raw public key as SubjectPublicKeyInfo. */
export function spki(kind: KeyKind, publicKey: Uint8Array): Uint8Array {
  return concat(prefixOf(kind, 'public'), publicKey)
}

/** Bytes of the prefix of a public key: what to cut off an export. */
export function spkiPrefixBytes(kind: KeyKind): number {
  return prefixOf(kind, 'public').length
}
