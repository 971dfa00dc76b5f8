import { p384 } from '@noble/curves/nist.js'
import { describe, expect, it } from 'vitest'
import { concat } from '../../src/core/bytes.js'
import { LIMITS } from '../../src/core/limits.js'
import { SIGN_CONTEXT } from '../../src/crypto/identity/labels.js'
import { firstRoot, isRefusal, nextRoot, nextRootDigest, type Root } from '../../src/crypto/identity/root.js'
import { type LocalSigner, localSigner } from '../../src/crypto/identity/signer.js'
import { Identity } from '../../src/node/api/identity.js'
import { readChain, writeChain } from '../../src/wire/identity/chain.js'
import { writeInception } from '../../src/wire/identity/inception.js'
import { readRotation, writeRotation } from '../../src/wire/identity/rotation.js'
import { appendSignature } from '../../src/wire/identity/signature.js'
import { flip, identityBench } from './identities.js'

const bench = identityBench(2)
const { ports, crypto, networkId, wallMs } = bench
const HOUR = 3_600_000
const ZERO = new Uint8Array(32)
const key = (suite: 1 | 2 = 1) => localSigner(ports.publicKey, ports.random, suite)
const digest = (signer: LocalSigner) => nextRootDigest(crypto.blake3, signer.suite, signer.publicKey)

/** An identity whose keys the test holds, to play its owner and its thief at once. */
function openIdentity(next = key()) {
  const root = key()
  const inception = writeInception({ suite: 1, publicKey: root.publicKey, nextDigest: digest(next) })
  return { root, next, inception, first: firstRoot(crypto.blake3, inception) as Root }
}

function rotate(from: Root, signer: LocalSigner, nextDigest: Uint8Array = ZERO, signed?: Uint8Array): Uint8Array {
  const body =
    signed ??
    writeRotation({
      suite: signer.suite,
      n: from.rotation + 1,
      peerId: from.peerIdBytes,
      previousHash: from.recordHash,
      publicKey: signer.publicKey,
      nextDigest,
    })
  return appendSignature(body, signer.sign(body, SIGN_CONTEXT.rotation))
}

const chainOf = (inception: Uint8Array, ...rotations: Uint8Array[]) =>
  writeChain({ inception, rotations, certificate: undefined })

describe('rotation', () => {
  it('[D27] keeps the peer id and leaves no moment without a certificate that verifiers take', async () => {
    const identity = bench.create()
    const informed = bench.verifier()
    const late = bench.verifier()
    let chain = (await identity.issue({ networkId, wallMs, lifetimeMs: 4 * HOUR })).chain
    const outcomes: boolean[] = []
    for (let hour = 0; hour < 48; hour++) {
      const now = wallMs + hour * HOUR
      if (hour % 12 === 11) {
        const roots = await identity.rotate()
        // In flight: the certificate of the old root still counts for whoever has not heard of the rotation.
        outcomes.push(late.verify(chain, now).ok)
        chain = (await identity.issue({ networkId, wallMs: now, lifetimeMs: 4 * HOUR })).chain
        outcomes.push(informed.learnRoot(roots).ok)
      } else if (hour % 3 === 0) {
        chain = (await identity.issue({ networkId, wallMs: now, lifetimeMs: 4 * HOUR })).chain
      }
      for (const verifier of [informed, late]) {
        const verdict = verifier.verify(chain, now)
        outcomes.push(verdict.ok && verdict.certificate.peerId === identity.id)
      }
    }
    expect(outcomes.length).toBe(48 * 2 + 8)
    expect(outcomes.every(Boolean)).toBe(true)
    expect(identity.rotation).toBe(4)
  })

  it('rotation n + 1 voids every certificate of n, cached ones too', async () => {
    const identity = bench.create()
    const verifier = bench.verifier()
    const old = await identity.issue({ networkId, wallMs })
    expect(verifier.verify(old.chain, wallMs).ok).toBe(true)
    const roots = await identity.rotate()
    expect(verifier.learnRoot(roots)).toEqual({ ok: true, peerId: identity.id })
    const refused = { code: 'CERTIFICATE_REVOKED', reason: 'rotated' }
    expect(verifier.verify(old.chain, wallMs)).toMatchObject(refused)
    expect(verifier.verifyCertificate(old.certificate.bytes, wallMs)).toMatchObject(refused)
    expect(verifier.lookup(old.certificate.hash, wallMs)).toMatchObject(refused)
    const fresh = await identity.issue({ networkId, wallMs })
    expect(verifier.verify(fresh.chain, wallMs).ok).toBe(true)
    expect(verifier.learnRoot(readChainRoots(old.chain))).toMatchObject({ reason: 'rotated' })
    // A new root may number its certificates from the beginning.
    expect(fresh.certificate.rotation).toBe(1)
  })

  it('[§6.21] refuses a rotation that does not match nextDigest, with an alarm', () => {
    const { inception, first, next, root } = openIdentity()
    const verifier = bench.verifier()
    const stolen = key()
    const wrong = { ok: false, code: 'ROTATION_INVALID', reason: 'rotation-mismatch', alarm: true }
    expect(verifier.learnRoot(chainOf(inception, rotate(first, stolen)))).toEqual(wrong)
    // The current root cannot name its own successor either.
    expect(verifier.learnRoot(chainOf(inception, rotate(first, root)))).toEqual(wrong)
    expect(verifier.learnRoot(chainOf(inception, rotate(first, next))).ok).toBe(true)
  })

  it('[§6.21] two rotations of one number: both refused, alarm, also after a restart', () => {
    const { inception, first, next } = openIdentity()
    const one = chainOf(inception, rotate(first, next, digest(key())))
    const other = chainOf(inception, rotate(first, next, digest(key())))
    const verifier = bench.verifier()
    const forked = { ok: false, code: 'ROTATION_INVALID', reason: 'equivocation', alarm: true }
    expect(verifier.learnRoot(one).ok).toBe(true)
    expect(verifier.learnRoot(other)).toEqual(forked)
    expect(verifier.learnRoot(one)).toEqual(forked)
    const restarted = bench.verifier()
    expect(restarted.importState(verifier.exportState())).toBe(true)
    for (const chain of [one, other]) expect(restarted.learnRoot(chain)).toEqual(forked)
  })

  it('[§6.21] finds the fork when the second branch has gone further', async () => {
    const { inception, first, next, root } = openIdentity()
    const [left, right] = [key(), key()]
    const identity = new Identity(ports, { inception, rotations: [], signer: root, next })
    const certified = await identity.issue({ networkId, wallMs })
    const a = rotate(first, next, digest(left))
    const b = rotate(first, next, digest(right))
    const afterB = nextRoot(crypto, first, b, false) as Root
    const verifier = bench.verifier()
    expect(verifier.verify(certified.chain, wallMs).ok).toBe(true)
    expect(verifier.learnRoot(chainOf(inception, a)).ok).toBe(true)
    expect(verifier.learnRoot(chainOf(inception, b, rotate(afterB, right)))).toMatchObject({
      reason: 'equivocation',
      alarm: true,
    })
    expect(verifier.verify(certified.chain, wallMs)).toMatchObject({ reason: 'equivocation' })
    expect(verifier.lookup(certified.certificate.hash, wallMs)).toMatchObject({ reason: 'equivocation' })
  })

  it('a signature made anew or varied by others is no second rotation', () => {
    const { inception, first, next } = openIdentity(key(2))
    const record = rotate(first, next)
    const verifier = bench.verifier()
    expect(verifier.learnRoot(chainOf(inception, record)).ok).toBe(true)
    const fields = readRotation(record) as NonNullable<ReturnType<typeof readRotation>>
    expect(verifier.learnRoot(chainOf(inception, rotate(first, next, ZERO, fields.signed))).ok).toBe(true)
    const { r, s } = p384.Signature.fromBytes(fields.signature.subarray(4627), 'der')
    const mirrored = new p384.Signature(r, p384.Point.Fn.ORDER - s).toBytes('der')
    const varied = appendSignature(fields.signed, concat(fields.signature.subarray(0, 4627), mirrored))
    expect(varied).not.toEqual(record)
    expect(bench.verifier().learnRoot(chainOf(inception, varied)).ok).toBe(true)
    expect(verifier.learnRoot(chainOf(inception, varied)).ok).toBe(true)
  })

  it('[E12] leads from one suite to another', async () => {
    const { inception, root, next } = openIdentity(key(2))
    const identity = new Identity(ports, { inception, rotations: [], signer: root, next })
    await identity.rotate('none')
    const { chain, certificate } = await identity.issue({ networkId, wallMs })
    expect(certificate.suite).toBe(2)
    expect(bench.verifier().verify(chain, wallMs).ok).toBe(true)
    await expect(identity.rotate()).rejects.toMatchObject({ code: 'ROTATION_INVALID' })
  })

  it('refuses records out of order, of another peer, unsigned, altered or after the end', () => {
    const { inception, first, next } = openIdentity()
    const good = rotate(first, next)
    const after = nextRoot(crypto, first, good, false) as Root
    const reason = (chain: Uint8Array) => {
      const verdict = bench.verifier().learnRoot(chain)
      return verdict.ok ? undefined : verdict.reason
    }
    expect(reason(chainOf(inception, good))).toBeUndefined()
    expect(reason(chainOf(inception, good, good))).toBe('rotation-order')
    expect(reason(chainOf(inception, rotate({ ...first, recordHash: ZERO }, next)))).toBe('rotation-order')
    expect(reason(chainOf(inception, rotate({ ...first, peerIdBytes: ZERO }, next)))).toBe('peer-mismatch')
    expect(reason(chainOf(inception, flip(good, good.length - 1)))).toBe('signature')
    expect(reason(chainOf(inception, flip(good, 41)))).toBe('malformed')
    expect(reason(chainOf(inception, good.subarray(0, 40)))).toBe('malformed')
    expect(reason(chainOf(inception, good, rotate(after, key())))).toBe('rotation-ended')
    expect(isRefusal(firstRoot(crypto.blake3, inception.subarray(1)))).toBe(true)
    for (const n of [0, LIMITS.maxRotations + 1]) expect(readRotation(withNumber(good, n))).toBeUndefined()
    expect(readRotation(withNumber(good, LIMITS.maxRotations))?.n).toBe(LIMITS.maxRotations)
  })

  it('ends after sixteen rotations, each verified once', { timeout: 30_000 }, async () => {
    const identity = bench.create()
    const verifier = bench.verifier()
    for (let n = 1; n <= LIMITS.maxRotations; n++) expect(verifier.learnRoot(await identity.rotate()).ok).toBe(true)
    expect(verifier.verifications).toBe(LIMITS.maxRotations)
    await expect(identity.rotate()).rejects.toMatchObject({ code: 'ROTATION_INVALID' })
    const { chain } = await identity.issue({ networkId, wallMs })
    expect(chain.length).toBeLessThan(LIMITS.maxChainBytes)
    expect(verifier.verify(chain, wallMs).ok).toBe(true)
    expect(verifier.verifications).toBe(LIMITS.maxRotations + 1)
    expect(bench.verifier().verify(chain, wallMs).ok).toBe(true)
  })
})

describe('high water', () => {
  it('[§6.20] [§6.21] survives a restart: older certificates and roots stay refused', async () => {
    const identity = bench.create()
    const before = await identity.issue({ networkId, wallMs })
    await identity.rotate()
    const older = await identity.issue({ networkId, wallMs })
    const newer = await identity.issue({ networkId, wallMs })
    const verifier = bench.verifier()
    expect(verifier.verify(newer.chain, wallMs).ok).toBe(true)
    const restarted = bench.verifier()
    expect(restarted.importState(verifier.exportState())).toBe(true)
    expect(restarted.verify(before.chain, wallMs)).toMatchObject({ reason: 'rotated' })
    expect(restarted.verify(older.chain, wallMs)).toMatchObject({ reason: 'lower-seq' })
    expect(restarted.verify(newer.chain, wallMs).ok).toBe(true)
    // The remembered hash vouches for the rotation: only the certificate was verified.
    expect(restarted.verifications).toBe(1)
    expect(restarted.exportState()).toEqual(verifier.exportState())
  })

  it('refuses a damaged state and changes nothing', async () => {
    const verifier = bench.verifier({ maxIdentities: 2 })
    expect(verifier.verify((await bench.create().issue({ networkId, wallMs })).chain, wallMs).ok).toBe(true)
    const state = verifier.exportState()
    expect(state.length).toBe(12 + 114)
    const damaged = [
      state.subarray(1),
      concat(state, new Uint8Array(1)),
      flip(state, 0),
      flip(state, 7),
      flip(state, 12 + 32, 0x20),
    ]
    damaged.push(flip(state, 12 + 33, 2), flip(state, 12 + 66, 0x80), flip(state, 8, 0x80), new Uint8Array(0))
    for (const bytes of damaged) expect(bench.verifier({ maxIdentities: 2 }).importState(bytes)).toBe(false)
    const three = concat(
      state.subarray(0, 8),
      Uint8Array.of(0, 0, 0, 3),
      ...Array.from({ length: 3 }, () => state.subarray(12)),
    )
    expect(bench.verifier({ maxIdentities: 2 }).importState(three)).toBe(false)
    expect(bench.verifier({ maxIdentities: 3 }).importState(three)).toBe(true)
  })
})

function readChainRoots(chain: Uint8Array): Uint8Array {
  const records = readChain(chain) as NonNullable<ReturnType<typeof readChain>>
  return writeChain({ ...records, certificate: undefined })
}

function withNumber(record: Uint8Array, n: number): Uint8Array {
  const copy = record.slice()
  copy[40] = n
  return copy
}
