// Makes identity.json: an identity of suite 1 with a rotation, a certificate and a revocation, put together from
// docs/protocol.md with plain noble and nothing of src/. Run: node test/vectors/make-identity.mjs
import { ed25519 } from '@noble/curves/ed25519.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { ml_kem768_x25519 } from '@noble/post-quantum/hybrid.js'
import { writeFileSync } from 'node:fs'

const text = value => new TextEncoder().encode(value)
const join = (...parts) => Uint8Array.from(Buffer.concat(parts))
const hex = bytes => Buffer.from(bytes).toString('hex')
const zero = length => new Uint8Array(length)
const u16 = value => Uint8Array.of(value >> 8, value & 255)
const u32 = value => Uint8Array.from(Buffer.from(value.toString(16).padStart(8, '0'), 'hex'))
const u64 = value => Uint8Array.from(Buffer.from(value.toString(16).padStart(16, '0'), 'hex'))
const derive = (label, material) => blake3(material, { context: text(`hyphae/1 ${label}`) })
const header = (magic, suite) => join(text(magic), Uint8Array.of(1, suite, 0, 0))

const LABEL = text('COMPSIG-MLDSA65-Ed25519-SHA512')

function rootKey(fill) {
  const [latticeSeed, classicalSeed] = [new Uint8Array(32).fill(fill), new Uint8Array(32).fill(fill + 1)]
  const lattice = ml_dsa65.keygen(latticeSeed)
  const publicKey = join(lattice.publicKey, ed25519.getPublicKey(classicalSeed))
  const sign = (message, context) => {
    const ctx = text(`hyphae/1 ${context}`)
    const signed = join(text('CompositeAlgorithmSignatures2025'), LABEL, Uint8Array.of(ctx.length), ctx, sha512(message))
    const half = ml_dsa65.sign(signed, lattice.secretKey, { context: LABEL, extraEntropy: false })
    return join(half, ed25519.sign(signed, classicalSeed))
  }
  return { secret: join(latticeSeed, classicalSeed), publicKey, sign }
}

const signed = (body, key, context) => {
  const signature = key.sign(body, context)
  return join(body, u16(signature.length), signature)
}

const [first, second] = [rootKey(1), rootKey(3)]
const wallMs = 1_800_000_000_000
const networkId = derive('network-id', text('vectors'))
const nextDigest = derive('next-root', join(Uint8Array.of(1), second.publicKey))
const inception = join(header('HYin', 1), first.publicKey, nextDigest, zero(32))
const peerId = derive('peer-id', inception)
const rotationBody = join(header('HYrt', 1), peerId, Uint8Array.of(1), zero(7), blake3(inception), second.publicKey, zero(32))
const rotation = signed(rotationBody, second, 'rotation')
const staticKey = ml_kem768_x25519.keygen(new Uint8Array(32).fill(5)).publicKey
const hotKey = ed25519.getPublicKey(new Uint8Array(32).fill(6))

function certificate(key, number, recordHash, seq) {
  const life = join(u64(wallMs - 90_000), u64(wallMs + 86_400_000), u32(3), zero(4))
  const names = join(peerId, networkId, Uint8Array.of(number), zero(7), recordHash, u64(seq))
  return signed(join(header('HYct', 1), names, life, staticKey, hotKey, zero(32)), key, 'certificate')
}

function chain(rotations, last) {
  const records = [inception, ...rotations, last]
  return join(text('HYch'), Uint8Array.of(1, rotations.length, 0, 0), ...records.map(record => join(u16(record.length), record)))
}

const before = certificate(first, 0, blake3(inception), 7)
const after = certificate(second, 1, blake3(rotationBody), 8)
const revocationBody = join(header('HYrv', 1), peerId, zero(32), Uint8Array.of(1), zero(7), blake3(rotationBody), u64(8), u64(wallMs))
const file = {
  source: 'made by make-identity.mjs',
  wallMs,
  network: 'vectors',
  networkId: hex(networkId),
  peerId: hex(peerId),
  firstSecret: hex(first.secret),
  secondSecret: hex(second.secret),
  certificateHash: hex(blake3(after)),
  staticKey: hex(staticKey),
  hotKey: hex(hotKey),
  chainBefore: hex(chain([], before)),
  chainAfter: hex(chain([rotation], after)),
  revocation: hex(signed(revocationBody, second, 'revocation')),
}
writeFileSync(new URL('identity.json', import.meta.url), JSON.stringify(file, null, 2) + '\n')
