import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/core/text.js'
import { loadKernels } from '../../../src/kernels/index.js'
import { nobleMlKem768 } from '../../../src/crypto/ml-kem.js'
import { nobleX25519 } from '../../../src/crypto/x25519.js'
import { createXWing } from '../../../src/crypto/xwing.js'
import { peerIdFromBytes } from '../../../src/core/ids.js'
import { RecordOpener, RecordSealer } from '../../../src/crypto/session/cipher.js'
import { DatagramOpener } from '../../../src/crypto/session/datagram.js'
import { directionSecret, ratchet, recordKey, ticketKey } from '../../../src/crypto/session/keys.js'
import type { Random } from '../../../src/ports/random.js'
import type { Established, HandshakeContext, RemoteCertificate } from '../../../src/protocols/handshake/context.js'
import { Initiator } from '../../../src/protocols/handshake/initiator.js'
import { Responder } from '../../../src/protocols/handshake/responder.js'
import { ResponderShared } from '../../../src/protocols/handshake/shared.js'
import { AttachInitiator, AttachResponder } from '../../../src/protocols/session/attach.js'
import type { Offer } from '../../../src/wire/offer.js'
import { hex, seededRandom, vectors } from '../../crypto/vectors.js'
import * as second from '../../support/handshake-second.mjs'
import { HandshakeNet, idOf, OFFER } from '../../support/handshake-net.js'
import { made } from '../../vectors/make-handshake.mjs'
import { plainSecrets, secretsOf } from '../../support/session-secrets.js'

interface PartyVector {
  peerId: string
  certHash: string
  seed: string
  publicKey: string
  index: number
}
type Hexed<K extends string> = Record<K, string>
type SecretNames = 'root' | 'chain' | 'resumption' | 'attach' | 'exporter' | 'channelBinding'
interface HandshakeVector {
  networkId: string
  responder: PartyVector
  initiator: PartyVector
  hedgeKey: string
  random: string[]
  wallMs: number
  offer: Offer
  m1: string
  m2: string
  secrets: Hexed<SecretNames>
  cookie: Hexed<'secret' | 'cookie' | 'reply' | 'm1'>
  resumption: {
    ticket: Hexed<'id' | 'key'>
    early: string
    resume: string
    resumed: string
    secrets: Hexed<SecretNames>
  }
}
interface RecordsVector {
  secrets: Hexed<SecretNames>
  keys: { sender: number; kind: number; key: string; iv: string }[]
  ratchet: Hexed<'seed' | 'publicKey' | 'coins' | 'ciphertext' | 'secret'> & { secrets: Hexed<SecretNames> }
  records: { sender: number; counter: number; phase: number; type: number; body: string; record: string }[]
  datagrams: { sender: number; counter: number; body: string; record: string }[]
}
interface AttachVector extends Hexed<'attach' | 'nonce' | 'request' | 'ok' | 'done'> {
  ids: { n: number; id: string }[]
  initiatorIndex: number
  responderIndex: number
  initiatorNextRx: number
  responderNextRx: number
}

const handshake = vectors<HandshakeVector>('handshake.json')
const records = vectors<RecordsVector>('records.json')
const attach = vectors<AttachVector>('attach.json')
const kernels = loadKernels()
const SIDES = ['initiator', 'responder'] as const

/** Gives the listed bytes, in order. */
function listed(draws: Uint8Array[]): Random {
  return {
    fill(out) {
      const next = draws.shift()
      if (next?.length !== out.length) throw new Error(`no draw of ${out.length} bytes`)
      out.set(next)
      return out
    },
  }
}

/** Our side of the vectors: context of a party, whose random bytes are given. */
function context(party: PartyVector, other: PartyVector, draws: string[]): HandshakeContext {
  const kem = createXWing(nobleMlKem768, nobleX25519, seededRandom(1))
  const remote = certificateOf(other)
  const decapsulator = kem.keyPair(hex(party.seed)).decapsulator
  const local = {
    peerId: peerIdFromBytes(hex(party.peerId)),
    chain: new Uint8Array(0),
    certHash: hex(party.certHash),
    decapsulator,
    notAfterMs: Number.MAX_SAFE_INTEGER,
  }
  return {
    kernels,
    kem,
    random: listed(draws.map(hex)),
    hedgeKey: hex(handshake.hedgeKey),
    networkId: hex(handshake.networkId),
    certificates: {
      verify: () => ({ ok: false, code: 'MALFORMED', reason: 'none here' }),
      byHash: hash => (second.same(hash, remote.hash) ? remote : undefined),
      ofPeer: () => remote,
    },
    local: () => local,
    localByTag: tag => (second.same(tag, local.certHash.slice(0, 8)) ? local : undefined),
    isPublic: false,
    offer: handshake.offer,
    resume: () => undefined,
  }
}

function certificateOf(party: PartyVector): RemoteCertificate {
  return {
    peerId: peerIdFromBytes(hex(party.peerId)),
    hash: hex(party.certHash),
    staticKey: hex(party.publicKey),
    notAfterMs: Number.MAX_SAFE_INTEGER,
  }
}

const time = { monoMs: 1, wallMs: handshake.wallMs }

function initiate(draws: string[], ticket?: { id: Uint8Array; key: Uint8Array }) {
  const sent: Uint8Array[] = []
  let result: Established | undefined
  const machine = new Initiator({
    context: context(handshake.initiator, handshake.responder, draws),
    index: handshake.initiator.index,
    expected: peerIdFromBytes(hex(handshake.responder.peerId)),
    certificate: certificateOf(handshake.responder),
    ticket: ticket === undefined ? undefined : { ...ticket, certificate: certificateOf(handshake.responder) },
    early: hex(handshake.resumption.early),
    sink: {
      send: packet => sent.push(packet),
      onEstablished: established => (result = established),
      onFailed: (_, reason) => {
        throw new Error(reason)
      },
    },
  })
  machine.start(time)
  const give = (packet: Uint8Array) => {
    machine.receive(packet, 0, packet.length, time)
    return result
  }
  return { sent, give }
}

function respond(draws: string[], packet: Uint8Array, ticket?: { id: Uint8Array; key: Uint8Array }) {
  const sent: Uint8Array[] = []
  let result: Established | undefined
  const shared = new ResponderShared(
    context(handshake.responder, handshake.initiator, ['00'.repeat(32), '00'.repeat(32), ...draws]),
  )
  if (ticket !== undefined) shared.tickets.add(ticket.id, ticket.key, certificateOf(handshake.initiator), 1e6)
  const machine = new Responder({
    shared,
    index: handshake.responder.index,
    address: '192.0.2.7',
    verifiesAddress: true,
    sink: {
      send: reply => sent.push(reply),
      onEstablished: established => (result = established),
      onFailed: (_, reason) => {
        throw new Error(reason)
      },
      onAttach: () => undefined,
      decide: () => 0,
    },
  })
  machine.receive(packet, 0, packet.length, time)
  return { sent, secrets: result?.secrets, early: result?.early }
}

describe('vectors', () => {
  it('are what the second implementation makes', () => {
    expect(made['handshake.json']).toEqual(handshake)
    expect(made['records.json']).toEqual(records)
    expect(made['attach.json']).toEqual(attach)
  })

  it('[E16] full handshake: our initiator and our responder make the very bytes and secrets', () => {
    const { sent, give } = initiate(handshake.random.slice(0, 2))
    expect(Buffer.from(sent[0]).toString('hex')).toBe(handshake.m1)
    const answer = respond(handshake.random.slice(2, 4), hex(handshake.m1))
    expect(Buffer.from(answer.sent[0]).toString('hex')).toBe(handshake.m2)
    expect(answer.secrets).toEqual(secretsOf(handshake.secrets))
    expect(give(hex(handshake.m2))?.secrets).toEqual(secretsOf(handshake.secrets))
  })

  it('cookie: our initiator opens the reply and proves its address', () => {
    const { sent, give } = initiate(handshake.random.slice(0, 2))
    give(hex(handshake.cookie.reply))
    expect(Buffer.from(sent[1]).toString('hex')).toBe(handshake.cookie.m1)
  })

  it('resumption: the very bytes, secrets and early data', () => {
    const ticket = () => ({ id: hex(handshake.resumption.ticket.id), key: hex(handshake.resumption.ticket.key) })
    const { resumption: vector } = handshake
    expect(ticketKey(kernels.blake3, hex(handshake.secrets.resumption), ticket().id)).toEqual(ticket().key)
    const { sent, give } = initiate([handshake.random[4]], ticket())
    expect(Buffer.from(sent[0]).toString('hex')).toBe(vector.resume)
    const answer = respond([handshake.random[5]], hex(vector.resume), ticket())
    expect(Buffer.from(answer.sent[0]).toString('hex')).toBe(vector.resumed)
    expect(answer.early).toEqual(hex(vector.early))
    expect(answer.secrets).toEqual(secretsOf(vector.secrets))
    expect(give(hex(vector.resumed))?.secrets).toEqual(secretsOf(vector.secrets))
  })

  it('[E16] record keys, stream records across step and epoch, and datagrams', () => {
    const { blake3 } = kernels
    const root = hex(records.secrets.root)
    for (const { sender, kind, key, iv } of records.keys) {
      const secret = directionSecret(blake3, root, SIDES[sender] ?? 'initiator')
      expect(recordKey(blake3, secret, kind)).toEqual({ key: hex(key), iv: hex(iv) })
    }
    const renewed = secretsOf(records.secrets)
    const { publicKey, ciphertext, secret } = records.ratchet
    ratchet(blake3, renewed, hex(secret), hex(publicKey), hex(ciphertext))
    expect(renewed).toEqual(secretsOf(records.ratchet.secrets))
    const openers = SIDES.map(side => new RecordOpener(kernels, root, side))
    for (const { sender, type, body, record } of records.records) {
      const bytes = hex(record)
      if (bytes[0] >> 4 === 1) openers[sender]?.expectEpoch(renewed.root)
      expect(openers[sender]?.open(bytes, 0, bytes.length)).toBe(true)
      expect(bytes[3]).toBe(type)
      expect(bytes.slice(4, -16)).toEqual(hex(body))
    }
    for (const { sender, body, record } of records.datagrams) {
      const bytes = hex(record)
      const opener = new DatagramOpener(kernels, root, SIDES[sender] ?? 'initiator')
      expect(opener.open(bytes, 0, bytes.length)).toBe(true)
      expect(bytes.slice(9, -16)).toEqual(hex(body))
    }
  })

  it('change of carrier: the very packets', () => {
    const secrets = { attach: hex(attach.attach) }
    const dialler = new AttachInitiator(kernels.blake3, secrets)
    const owner = new AttachResponder(kernels.blake3, secrets, listed([hex(attach.nonce)]))
    expect(owner.ids().slice(0, 3)).toEqual(attach.ids.slice(0, 3).map(({ id }) => hex(id)))
    const request = dialler.begin(attach.initiatorIndex, attach.initiatorNextRx)
    expect(request).toEqual(hex(attach.request))
    const ok = owner.answer(request, attach.responderIndex, attach.responderNextRx)
    expect(ok).toEqual(hex(attach.ok))
    const finished = dialler.finish(ok as Uint8Array, attach.initiatorIndex)
    expect(finished).toEqual({ peerNextRx: attach.responderNextRx, done: hex(attach.done) })
    expect(owner.finish(hex(attach.done))).toMatchObject({ peerNextRx: attach.initiatorNextRx })
  })
})

describe('the two implementations talk to each other', () => {
  const seeds = Array.from({ length: 8 }, (_, i) => (Math.random() * 2 ** 31 + i) >>> 0)

  it.each(seeds)('[E11] full handshake, both ways round, and records both ways (seed %i)', seed => {
    const net = new HandshakeNet({ real: true, seed })
    const bob = net.node()
    const draw = (bytes: number) => net.random.fill(new Uint8Array(bytes))
    const alice = net.node()
    const staticSeed = draw(32)
    const own = {
      certHash: draw(32),
      seed: staticSeed,
      publicKey: second.keyPair(staticSeed).publicKey,
      peerId: draw(32),
    }
    const peer = {
      peerId: idOf(bob),
      certHash: bob.credentials.certHash,
      publicKey: bob.credentials.decapsulator.publicKey,
    }
    const sent = second.makeM1({
      networkId: net.networkId,
      responder: peer,
      initiator: own,
      index: 5,
      coins: draw(64),
      ephemeralSeed: draw(32),
      wallMs: net.time.wallMs,
      offer: OFFER,
    })
    const replies: Uint8Array[] = []
    let ours: Established | undefined
    const responder = new Responder({
      shared: bob.shared,
      index: 9,
      address: '',
      verifiesAddress: true,
      sink: {
        send: p => replies.push(p),
        onEstablished: e => (ours = e),
        onFailed: () => undefined,
        onAttach: () => undefined,
        decide: () => 0,
      },
    })
    responder.receive(sent.packet, 0, sent.packet.length, net.time)
    const read = second.readM2({ sent, initiator: own }, replies[0])
    expect(read?.flags, 'it wants the chain').toBe(1)
    expect(plainSecrets(ours?.secrets)).toEqual(read?.secrets)
    exchangeRecords(ours as Established, read?.secrets as second.SecondSecrets, 0)

    const dialled: Uint8Array[] = []
    let mine: Established | undefined
    const certificate = {
      peerId: peerIdFromBytes(own.peerId),
      hash: own.certHash,
      staticKey: own.publicKey,
      notAfterMs: 1e15,
    }
    const initiator = new Initiator({
      context: alice.context,
      index: 5,
      expected: certificate.peerId,
      certificate,
      insists: true,
      sink: { send: p => dialled.push(p), onEstablished: e => (mine = e), onFailed: () => undefined },
    })
    initiator.start(net.time)
    const opened = second.readM1({ networkId: net.networkId, responder: own }, dialled[0])
    expect(opened).toMatchObject({ flags: 1, wallMs: net.time.wallMs, offer: { ...OFFER } })
    const answer = second.makeM2({
      opened: opened as second.SecondClaims,
      index: 6,
      ephemeralCoins: draw(64),
      staticCoins: draw(64),
      selection: OFFER,
    })
    initiator.receive(answer.packet, 0, answer.packet.length, net.time)
    expect(plainSecrets(mine?.secrets)).toEqual(answer.secrets)
    exchangeRecords(mine as Established, answer.secrets, 1)
  })

  /** `theirs` is the direction the second implementation sends in. */
  function exchangeRecords(established: Established, secrets: second.SecondSecrets, theirs: 0 | 1): void {
    const { root } = established.secrets
    const sealer = new RecordSealer(kernels, root, SIDES[1 - theirs] ?? 'initiator', {
      stepRecords: 3,
      stepBytes: 1e9,
      stepMs: 1e9,
      hardRecords: 1e9,
    })
    const opener = new RecordOpener(kernels, root, SIDES[theirs] ?? 'initiator')
    const reader = new second.Records(secrets.root, 1 - theirs)
    const writer = new second.Records(secrets.root, theirs)
    for (let i = 0; i < 20; i++) {
      const text = `record ${i} of either`
      const buffer = new Uint8Array(text.length + 20)
      buffer[3] = 1
      buffer.set(utf8(text), 4)
      sealer.seal(buffer, 0, 4 + text.length, 0)
      expect(reader.open(buffer)).toEqual({ type: 1, body: utf8(text) })
      if (i % 5 === 4) writer.nextStep()
      const record = writer.seal(2, utf8(text))
      expect(opener.open(record, 0, record.length)).toBe(true)
      expect(record.slice(4, -16)).toEqual(utf8(text))
    }
  }

  it('[D8] both stolen static keys open no capture of a session that is over', () => {
    const { m1, m2, responder, initiator, networkId, secrets } = handshake
    const party = {
      peerId: hex(responder.peerId),
      certHash: hex(responder.certHash),
      publicKey: hex(responder.publicKey),
      seed: hex(responder.seed),
    }
    // The thief opens the first message, names and all: that is the documented residual.
    const opened = second.readM1({ networkId: hex(networkId), responder: party }, hex(m1))
    expect(opened?.certHash).toEqual(hex(initiator.certHash))
    // What the answer encapsulates to is the ephemeral key, which is gone: no static key gives its secret.
    const captured = hex((records.records[0] as { record: string }).record)
    for (const seed of [hex(responder.seed), hex(initiator.seed)]) {
      const guess = { packet: hex(m1), state: opened?.state as second.Symmetric, ephemeralSeed: seed }
      const { h, ck } = guess.state
      expect(second.readM2({ sent: guess, initiator: { seed: hex(initiator.seed) } }, hex(m2))).toBeUndefined()
      const forged = second.schedule(guess.state)
      expect(forged.root).not.toEqual(hex(secrets.root))
      const reader = new second.Records(forged.root, 0)
      expect(() => reader.open(captured)).toThrow()
      Object.assign(guess.state, { h, ck })
    }
  })
})
