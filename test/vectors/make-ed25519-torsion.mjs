// Makes ed25519-torsion.json: signatures on which Ed25519 implementations are known to disagree, with the verdict of
// the one acceptance set of docs/protocol.md. Run: node test/vectors/make-ed25519-torsion.mjs
import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { writeFileSync } from 'node:fs'

const { Point } = ed25519
const ORDER = Point.Fn.ORDER
const PRIME = Point.Fp.ORDER
const hex = bytes => Buffer.from(bytes).toString('hex')
const number = bytes => BigInt('0x' + hex(Uint8Array.from(bytes).reverse()))
const bytes32 = value => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex')).reverse()
const join = (...parts) => Uint8Array.from(Buffer.concat(parts))
const challenge = (r, a, m) => number(sha512(join(r, a, m))) % ORDER
const torsion = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
const times = (point, n) => Array.from({ length: n }).reduce(sum => sum.add(point), Point.ZERO)
const vectors = []
const add = (name, valid, pk, message, r, s) => vectors.push({ name, valid, pk: hex(pk), msg: hex(message), sig: hex(join(r, s)) })

const secret = 0x1234567890abcdef1234567890abcdef1234567n
const nonce = 0xfedcba0987654321fedcba0987654321fedcban
const text = n => Uint8Array.from(Buffer.from(`torsion ${n}`))

for (let i = 0; i < 8; i++) {
  // A signature that every message satisfies under a key of small order: R = −[k]A, S = 0.
  const key = times(torsion, i).toBytes()
  for (let n = 0, found = false; !found; n++) {
    for (let j = 0; j < 8 && !found; j++) {
      const r = times(torsion, j).toBytes()
      const k = challenge(r, key, text(n))
      found = times(torsion, i).multiplyUnsafe(k).negate().equals(times(torsion, j))
      if (found) add(`key of small order, multiple ${i}`, false, key, text(n), r, new Uint8Array(32))
    }
  }
}
add('all-zero key and signature', false, new Uint8Array(32), text(0), new Uint8Array(32), new Uint8Array(32))

for (let i = 1; i < 8; i++) {
  const mixed = Point.BASE.multiply(secret).add(times(torsion, i))
  const key = mixed.toBytes()
  let accepted = false
  let refused = false
  for (let n = 0; !accepted || !refused; n++) {
    for (let j = 0; j < 8; j++) {
      const r = Point.BASE.multiply(nonce).add(times(torsion, j))
      const k = challenge(r.toBytes(), key, text(n))
      const s = (nonce + k * secret) % ORDER
      const exact = Point.BASE.multiply(s).subtract(mixed.multiplyUnsafe(k)).equals(r)
      if (exact ? accepted : refused) continue
      add(`key with torsion ${i}, equation ${exact ? 'exact' : 'only up to the cofactor'}`, exact, key, text(n), r.toBytes(), bytes32(s))
      if (exact) accepted = true
      else refused = true
    }
  }
}

const honest = Point.BASE.multiply(secret).toBytes()
for (let j = 0; j < 8; j++) {
  const r = Point.BASE.multiply(nonce).add(times(torsion, j)).toBytes()
  const s = (nonce + challenge(r, honest, text(j)) * secret) % ORDER
  add(`commitment with torsion ${j}`, j === 0, honest, text(j), r, bytes32(s))
  if (j === 0) add('S + ℓ', false, honest, text(j), r, bytes32(s + ORDER))
  if (j === 0) add('S = ℓ', false, honest, text(j), r, bytes32(ORDER))
}

for (let y = 0n; y < 19n; y++) {
  for (const sign of [0, 0x80]) {
    const key = bytes32(y + PRIME)
    key[31] |= sign
    const canonical = bytes32(y)
    canonical[31] |= sign
    try {
      Point.fromBytes(canonical, false)
    } catch {
      continue // No point of the curve has this y.
    }
    add(`key not canonical, y = p + ${y}, sign ${sign >> 7}`, false, key, text(0), new Uint8Array(32).fill(1, 0, 1), new Uint8Array(32))
  }
}
for (const y of [1n, PRIME - 1n]) {
  const key = bytes32(y)
  key[31] |= 0x80
  add('key with x = 0 and the sign bit set', false, key, text(0), new Uint8Array(32).fill(1, 0, 1), new Uint8Array(32))
}
// R = O in the encoding p + 1: equal as a point, not as bytes.
const zeroR = bytes32(PRIME + 1n)
add('commitment not canonical', false, honest, text(1), zeroR, bytes32((challenge(zeroR, honest, text(1)) * secret) % ORDER))

const source = 'made by make-ed25519-torsion.mjs'
writeFileSync(new URL('ed25519-torsion.json', import.meta.url), JSON.stringify({ source, vectors }, null, 2) + '\n')
