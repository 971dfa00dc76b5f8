// Identities of suite 1 in plain noble, genuine or broken in one place: what a hostile process shows of itself.
import { randomBytes } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { derive, hash, join, keyPair, number, text, uint, zero } from '../../support/handshake-second.mjs'

const LABEL = text('COMPSIG-MLDSA65-Ed25519-SHA512')
const LATTICE_BYTES = 3309
const header = (magic, suite = 1) => join(text(magic), Uint8Array.of(1, suite, 0, 0))
const withLength = record => join(uint(record.length, 2), record)

/** A root key; `classical` may be a public key that nobody has the secret of. */
function rootKey({ classical } = {}) {
  const lattice = ml_dsa65.keygen(randomBytes(32))
  const seed = randomBytes(32)
  const sign = (message, context) => {
    const ctx = text(`hyphae/1 ${context}`)
    const signed = join(
      text('CompositeAlgorithmSignatures2025'),
      LABEL,
      Uint8Array.of(ctx.length),
      ctx,
      sha512(message),
    )
    const half = ml_dsa65.sign(signed, lattice.secretKey, { context: LABEL })
    // Of a key of small order: R the neutral element, S zero.
    const other = classical === undefined ? ed25519.sign(signed, seed) : join(Uint8Array.of(1), zero(63))
    return join(half, other)
  }
  return { publicKey: join(lattice.publicKey, classical ?? ed25519.getPublicKey(seed)), sign }
}

const digestOf = key => derive('next-root', join(Uint8Array.of(1), key.publicKey))

function signed(body, key, context, spoil) {
  const signature = key.sign(body, context)
  spoil?.(signature)
  return join(body, uint(signature.length, 2), signature)
}

/** What can be wrong with the signature of a certificate. */
export const SPOILT = {
  lattice: signature => (signature[100] ^= 1),
  classical: signature => (signature[LATTICE_BYTES + 40] ^= 1),
  // Indices of hints must rise within each polynomial and their count must fit.
  hints: signature => signature.fill(0xff, LATTICE_BYTES - 61, LATTICE_BYTES),
}

/** The encoding of the neutral element: a public key of order 1. */
export const SMALL_ORDER = join(Uint8Array.of(1), zero(31))

/**
 * One identity, from which certificates are issued: `issue({ seq, notBefore, notAfter, network, context, spoil, staticKey,
 * rotations })` answers what a dialler or listener needs.
 */
export function makeIdentity({ network = 'hyphae', classical, next } = {}) {
  const root = rootKey({ classical })
  const inception = join(header('HYin'), root.publicKey, next === undefined ? zero(32) : digestOf(next), zero(32))
  const peerId = derive('peer-id', inception)
  return {
    peerId,
    root,
    inception,
    issue(options = {}) {
      const { seq = 1, wallMs = Date.now(), context = 'certificate', spoil, rotation } = options
      const statics = options.statics ?? keyPair(Uint8Array.from(randomBytes(32)))
      const notBefore = options.notBefore ?? wallMs - 60_000
      const life = join(uint(notBefore, 8), uint(options.notAfter ?? notBefore + 86_400_000, 8), uint(3, 4), zero(4))
      const networkId = derive('network-id', text(options.network ?? network))
      const record = rotation === undefined ? inception : rotation.body
      const order = join(Uint8Array.of(rotation === undefined ? 0 : 1), zero(7), hash(record), uint(seq, 8))
      const hot = ed25519.getPublicKey(randomBytes(32))
      const body = join(header('HYct'), peerId, networkId, order, life, statics.publicKey, hot, zero(32))
      const certificate = signed(body, rotation?.key ?? root, context, spoil)
      const records = [inception, ...(rotation === undefined ? [] : [rotation.record]), certificate]
      const head = join(text('HYch'), Uint8Array.of(1, records.length - 2, 0, 0))
      const chain = join(head, ...records.map(withLength))
      return { peerId, chain, certHash: hash(certificate), publicKey: statics.publicKey, seed: statics.seed }
    },
    /** The first rotation, to `key`; fitting only where the inception announced it. */
    rotate(key, after = zero(32)) {
      const body = join(header('HYrt'), peerId, Uint8Array.of(1), zero(7), hash(inception), key.publicKey, after)
      return { key, body, record: signed(body, key, 'rotation') }
    },
  }
}

export { rootKey }

/** What a dialler must know of the owner of a chain. */
export function readChain(chain) {
  const records = []
  for (let at = 8; at < chain.length;) {
    const length = number(chain.slice(at, at + 2))
    records.push(chain.slice(at + 2, at + 2 + length))
    at += 2 + length
  }
  const certificate = records.at(-1)
  return {
    peerId: derive('peer-id', records[0]),
    certHash: hash(certificate),
    publicKey: certificate.slice(144, 144 + 1216),
    chain,
  }
}
