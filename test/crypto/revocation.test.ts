import { describe, expect, it } from 'vitest'
import { readRevocation } from '../../src/wire/identity/revocation.js'
import { flip, identityBench } from './identities.js'

const bench = identityBench(3)
const { networkId, wallMs } = bench

describe('revocation', () => {
  it('[D28] a certificate is refused once its revocation is known, wherever it comes from', async () => {
    const identity = bench.create()
    const stolen = await identity.issue({ networkId, wallMs })
    const verifier = bench.verifier()
    const stranger = bench.verifier()
    expect(verifier.verify(stolen.chain, wallMs).ok).toBe(true)
    const record = await identity.revoke({ throughSeq: stolen.certificate.seq, wallMs })
    expect(verifier.revoke(record)).toEqual({ ok: true, peerId: identity.id })
    const refused = { ok: false, code: 'CERTIFICATE_REVOKED', reason: 'revoked' }
    expect(verifier.verify(stolen.chain, wallMs)).toMatchObject(refused)
    expect(verifier.verifyCertificate(stolen.certificate.bytes, wallMs)).toMatchObject(refused)
    expect(verifier.lookup(stolen.certificate.hash, wallMs)).toMatchObject(refused)
    // Who has never met the peer learns by the root chain that comes along.
    expect(stranger.revoke(record)).toMatchObject({ reason: 'unknown-root' })
    expect(stranger.revoke(record, identity.rootChain).ok).toBe(true)
    expect(stranger.verify(stolen.chain, wallMs)).toMatchObject(refused)
    const restarted = bench.verifier()
    expect(restarted.importState(stranger.exportState())).toBe(true)
    expect(restarted.verify(stolen.chain, wallMs)).toMatchObject(refused)
    const renewed = await identity.issue({ networkId, wallMs })
    for (const one of [verifier, stranger, restarted]) expect(one.verify(renewed.chain, wallMs).ok).toBe(true)
  })

  it('holds only in its network, or in all', async () => {
    const identity = bench.create()
    const { chain, certificate } = await identity.issue({ networkId, wallMs })
    const elsewhere = await identity.revoke({
      throughSeq: certificate.seq,
      wallMs,
      networkId: new Uint8Array(32).fill(1),
    })
    const verifier = bench.verifier()
    expect(verifier.revoke(elsewhere, identity.rootChain)).toMatchObject({ reason: 'other-network' })
    expect(verifier.verify(chain, wallMs).ok).toBe(true)
    const here = await identity.revoke({ throughSeq: certificate.seq, wallMs, networkId })
    expect(verifier.revoke(here, identity.rootChain).ok).toBe(true)
    expect(verifier.verify(chain, wallMs).ok).toBe(false)
  })

  it('is signed by the current root and nobody else', async () => {
    const [identity, other] = [bench.create(), bench.create()]
    const { chain, certificate } = await identity.issue({ networkId, wallMs })
    const verifier = bench.verifier()
    expect(verifier.verify(chain, wallMs).ok).toBe(true)
    const record = await identity.revoke({ throughSeq: certificate.seq, wallMs })
    expect(verifier.revoke(flip(record, 112))).toMatchObject({ ok: false })
    expect(verifier.revoke(flip(record, 127))).toMatchObject({ reason: 'signature' })
    expect(verifier.revoke(flip(record, 80))).toMatchObject({ reason: 'root-mismatch' })
    expect(verifier.revoke(flip(record, 8))).toMatchObject({ reason: 'unknown-root' })
    expect(verifier.revoke(record, other.rootChain)).toMatchObject({ reason: 'peer-mismatch' })
    expect(verifier.revoke(record, record)).toMatchObject({ reason: 'malformed' })
    expect(verifier.revoke(record.subarray(1))).toMatchObject({ reason: 'malformed' })
    for (const at of [6, 73, 79, 128]) expect(readRevocation(flip(record, at)), `byte ${at}`).toBeUndefined()
    expect(readRevocation(flip(record, 112, 0x80))).toBeUndefined()
    expect(verifier.verify(chain, wallMs).ok).toBe(true)
  })

  it('of a root is its rotation: earlier revocations mean nothing to the new one', async () => {
    const identity = bench.create()
    const verifier = bench.verifier()
    const old = await identity.revoke({ throughSeq: Number.MAX_SAFE_INTEGER, wallMs })
    expect(verifier.revoke(old, identity.rootChain).ok).toBe(true)
    expect(verifier.verify((await identity.issue({ networkId, wallMs })).chain, wallMs)).toMatchObject({
      reason: 'revoked',
    })
    await identity.rotate()
    expect(verifier.verify((await identity.issue({ networkId, wallMs })).chain, wallMs).ok).toBe(true)
    expect(verifier.revoke(old)).toMatchObject({ reason: 'root-mismatch' })
  })
})
