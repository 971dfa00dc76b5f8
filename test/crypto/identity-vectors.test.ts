import { describe, expect, it } from 'vitest'
import { peerIdFromBytes } from '../../src/core/ids.js'
import { toHex } from '../../src/core/text.js'
import { localSigner } from '../../src/crypto/identity/signer.js'
import { Identity, networkIdOf } from '../../src/node/api/identity.js'
import { readCertificate, writeCertificate } from '../../src/wire/identity/certificate.js'
import { readChain } from '../../src/wire/identity/chain.js'
import { readInception, writeInception } from '../../src/wire/identity/inception.js'
import { readRevocation, writeRevocation } from '../../src/wire/identity/revocation.js'
import { readRotation, writeRotation } from '../../src/wire/identity/rotation.js'
import { identityBench } from './identities.js'
import { hex, vectors } from './vectors.js'

type Texts = 'networkId' | 'peerId' | 'firstSecret' | 'secondSecret' | 'certificateHash' | 'staticKey' | 'hotKey'
type File = Record<Texts | 'chainBefore' | 'chainAfter' | 'revocation' | 'network', string> & { wallMs: number }

const file = vectors<File>('identity.json')
const bench = identityBench(6)
const { ports, crypto } = bench
const networkId = hex(file.networkId)
const before = hex(file.chainBefore)
const after = hex(file.chainAfter)

describe('identity records made by a second implementation', () => {
  it('[E1] [E17] are taken: peer id, certificate, rotation, revocation', () => {
    expect(toHex(networkIdOf(ports.kernels, file.network))).toBe(file.networkId)
    const verifier = bench.verifier({ networkId })
    const first = verifier.verify(before, file.wallMs)
    expect(first.ok && first.certificate.peerId).toBe(peerIdFromBytes(hex(file.peerId)))
    const second = verifier.verify(after, file.wallMs)
    if (!second.ok) return expect.fail(second.reason)
    expect(toHex(second.certificate.hash)).toBe(file.certificateHash)
    expect(toHex(second.certificate.staticKey)).toBe(file.staticKey)
    expect(toHex(second.certificate.hotKey)).toBe(file.hotKey)
    expect([second.certificate.seq, second.certificate.rotation, second.certificate.capabilities]).toEqual([8, 1, 3])
    expect(verifier.verify(before, file.wallMs)).toMatchObject({ reason: 'rotated' })
    expect(verifier.revoke(hex(file.revocation)).ok).toBe(true)
    expect(verifier.verify(after, file.wallMs)).toMatchObject({ reason: 'revoked' })
  })

  it('are written alike: every layout is reproduced byte for byte', () => {
    const { inception, rotations, certificate } = readChain(after) as NonNullable<ReturnType<typeof readChain>>
    expect(writeInception(readInception(inception) as NonNullable<ReturnType<typeof readInception>>)).toEqual(inception)
    const rotation = readRotation(rotations[0]) as NonNullable<ReturnType<typeof readRotation>>
    expect(writeRotation(rotation)).toEqual(rotation.signed)
    const fields = readCertificate(certificate as Uint8Array) as NonNullable<ReturnType<typeof readCertificate>>
    expect(writeCertificate(fields)).toEqual(fields.signed)
    const revocation = readRevocation(hex(file.revocation)) as NonNullable<ReturnType<typeof readRevocation>>
    expect(writeRevocation(revocation)).toEqual(revocation.signed)
  })

  it('belong to the keys they were made with', async () => {
    const { inception } = readChain(before) as NonNullable<ReturnType<typeof readChain>>
    const signer = localSigner(crypto.publicKey, ports.random, 1, hex(file.firstSecret))
    const next = localSigner(crypto.publicKey, ports.random, 1, hex(file.secondSecret))
    const identity = new Identity(ports, { inception, rotations: [], signer, next })
    expect(toHex(identity.idBytes)).toBe(file.peerId)
    await identity.rotate('none')
    const mine = readChain(identity.rootChain)?.rotations[0] as Uint8Array
    const theirs = readChain(after)?.rotations[0] as Uint8Array
    expect(readRotation(mine)?.signed).toEqual(readRotation(theirs)?.signed)
  })
})
