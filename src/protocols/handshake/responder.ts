import { equalConstantTime, isZero, readU16, readU64, wipe, writeU32 } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import { PEER_ID_BYTES, peerIdToBytes } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import type { Time } from '../../core/time.js'
import type { SymmetricState } from '../../crypto/symmetric-state.js'
import {
  CERT_REQUEST,
  CERTIFICATES,
  FLAG_BARE,
  HEADER,
  M1,
  M1_SEALED,
  M2,
  PACKET,
  PROTOCOL_VERSION,
  RESUME,
  RESUME_SEALED,
  RESUMED,
  resumeBytes,
  STALE,
  SUITE,
  TICKET_UNKNOWN,
  VERSION_REJECT,
  writeHeader,
} from '../../wire/handshake.js'
import { type Offer, OFFER_INSISTS, readOffer, SELECT, SELECT_WANTS_CERTIFICATE } from '../../wire/offer.js'
import type { HandshakeSink, LocalCredentials, RemoteCertificate } from './context.js'
import { encapsulateHedged } from './hedge.js'
import { checkMac1, cookieKey, mac1Key } from './macs.js'
import { beginFull, beginResume, openM1, sealM2, sealResumed, split } from './messages.js'
import { select } from './offers.js'
import { PacketReader } from './packet-reader.js'
import type { ResponderShared } from './shared.js'

/** What a responder needs beyond a dialler. */
export interface ResponderSink extends HandshakeSink {
  /** The carrier brings an existing session a new home; the packet names it. The responder is done with the carrier. */
  onAttach(packet: Uint8Array, time: Time): void
  /**
   * Whether to take a session with whoever this claims to be (nothing is proven yet): a status of SELECT. Refusing a
   * forged claim harms nobody, so the answer may depend on live sessions.
   */
  decide(certificate: RemoteCertificate | undefined, offer: Offer, insists: boolean): number
}

/** One inbound carrier on its way to a session. */
export interface ResponderOptions {
  readonly shared: ResponderShared
  readonly sink: ResponderSink
  /** Our index of the session to be. */
  readonly index: number
  /** Remote address, for cookies. */
  readonly address: string
  /** Whether the carrier verified the address; otherwise a cookie is demanded first. */
  readonly verifiesAddress: boolean
}

/** What an opened M1 says. */
interface Claims {
  readonly certHash: Uint8Array
  readonly staticKey: Uint8Array
  readonly timestampMs: number
  readonly offer: Offer
  readonly insists: boolean
}

/** The accepting side of the handshake on one ordered carrier. It stays silent towards whoever cannot prove anything. */
export class Responder {
  private done = false
  private waiting = false
  private chainSent = false
  private packets = 0
  private readonly reader = new PacketReader(LIMITS.maxEarlyDataBytes)
  private readonly shared: ResponderShared

  constructor(private readonly options: ResponderOptions) {
    this.shared = options.shared
  }

  /**
   * Bytes from the carrier.
   * @returns bytes behind the handshake, which belong to the session; undefined while it goes on or has failed
   */
  receive(buffer: Uint8Array, from: number, to: number, time: Time): Uint8Array | undefined {
    if (this.done) return undefined
    if (this.waiting) {
      // The initiator has nothing to say before M2: no buffering while an asynchronous key works.
      this.drop('data before the answer')
      return undefined
    }
    const rest = this.reader.read(buffer, from, to, packet => this.onPacket(packet, time))
    if (rest === false) this.drop('not a handshake')
    return rest === false ? undefined : rest
  }

  /** The carrier is gone or timed out. */
  abort(): void {
    this.done = true
  }

  private onPacket(packet: Uint8Array, time: Time): boolean {
    // A second packet behind a first message whose answer still waits for an asynchronous key.
    if (this.waiting) return this.drop('data before the answer')
    // Each costs little and gets a short answer, which piles up where nobody reads it.
    if (++this.packets > LIMITS.maxHandshakePackets) return this.drop('too many packets')
    if (packet[HEADER.version] !== PROTOCOL_VERSION || packet[HEADER.suite] !== SUITE) return this.rejectVersion(packet)
    switch (packet[HEADER.type]) {
      case PACKET.certificateRequest:
        return this.onCertificateRequest(packet)
      case PACKET.m1:
        return this.onM1(packet, time)
      case PACKET.resume:
        return this.onResume(packet, time)
      case PACKET.attach:
        this.done = true
        this.options.sink.onAttach(packet, time)
        return false
      default:
        return this.drop('unexpected packet')
    }
  }

  private onCertificateRequest(packet: Uint8Array): boolean {
    const { context } = this.shared
    const bare = packet[HEADER.flags] === FLAG_BARE
    const local = context.local()
    const named = bare ? new Uint8Array(PEER_ID_BYTES) : peerIdToBytes(local.peerId)
    const { blake3 } = context.kernels
    const genuine = checkMac1(blake3, mac1Key(blake3, context.networkId, named), packet, CERT_REQUEST.mac1)
    // The chain is larger than the request: it is sent only where the address is verified, and once a carrier.
    if (!genuine || (bare && !context.isPublic) || !this.options.verifiesAddress || this.chainSent) {
      return this.drop('certificate request not answered')
    }
    this.chainSent = true
    const reply = new Uint8Array(CERTIFICATES.bytes + local.chain.length)
    writeHeader(reply, PACKET.certificates, this.options.index)
    reply.set(packet.subarray(CERT_REQUEST.nonce, CERT_REQUEST.nonceEnd), CERTIFICATES.nonce)
    writeU32(reply, CERTIFICATES.length, local.chain.length)
    reply.set(local.chain, CERTIFICATES.bytes)
    this.options.sink.send(reply)
    return true
  }

  private onM1(packet: Uint8Array, time: Time): boolean {
    const { context } = this.shared
    if (!this.passesMacs(packet, M1.mac1, time)) return !this.done
    const local = context.localByTag(packet.subarray(HEADER.tag, HEADER.bytes), time)
    if (local === undefined) return this.sendStale()
    const digest = context.kernels.blake3.hash(packet.subarray(M1.staticCt, M1.staticCtEnd))
    if (this.shared.replay.has(digest, time.monoMs)) return this.drop('replayed')
    if (!this.shared.beginJob()) return this.drop('too many handshakes at once')
    this.waiting = true
    this.shared.kemOperations++
    const answer = local.decapsulator.decapsulate(packet.slice(M1.staticCt, M1.staticCtEnd), secret => {
      context.resume(now => this.onSecret(packet, local, digest, secret, now))
    })
    if (answer === undefined) return true
    this.onSecret(packet, local, digest, answer === false ? undefined : answer, time)
    return !this.done
  }

  private onSecret(
    packet: Uint8Array,
    local: LocalCredentials,
    digest: Uint8Array,
    secret: Uint8Array | undefined,
    time: Time,
  ): void {
    this.shared.endJob()
    this.waiting = false
    if (this.done) return wipe(secret)
    if (secret === undefined) return void this.drop('key refused')
    const { context } = this.shared
    const noise = beginFull(context.kernels, packet.subarray(0, HEADER.bytes), {
      networkId: context.networkId,
      peerId: peerIdToBytes(local.peerId),
      certHash: local.certHash,
      staticKey: local.decapsulator.publicKey,
    })
    if (!openM1(noise, packet, secret)) return void this.abandon(noise, 'M1 does not open')
    if (!this.shared.replay.add(digest, time.monoMs))
      return void this.abandon(noise, 'replayed, or the replay cache is full')
    this.answer(noise, packet, local, readClaims(packet), time)
  }

  private answer(noise: SymmetricState, packet: Uint8Array, local: LocalCredentials, claims: Claims, time: Time): void {
    const { context } = this.shared
    const certificate = context.certificates.byHash(claims.certHash, time)
    if (equalConstantTime(claims.certHash, local.certHash) || certificate?.peerId === local.peerId) {
      return void this.abandon(noise, 'our own message reflected')
    }
    if (certificate !== undefined && !equalConstantTime(certificate.staticKey, claims.staticKey)) {
      return void this.abandon(noise, 'static key is not the one of the certificate')
    }
    const chosen = select(context.offer, claims.offer)
    if (chosen === undefined) return void this.abandon(noise, 'nothing in common')
    const ephemeral = encapsulateHedged(context, packet.slice(M1.ephemeralKey, M1.ephemeralKeyEnd), claims.certHash)
    const statics = encapsulateHedged(context, claims.staticKey, claims.certHash)
    this.shared.kemOperations += 2
    if (ephemeral === undefined || statics === undefined) {
      wipe(ephemeral?.secret, statics?.secret)
      return void this.abandon(noise, 'a key of the initiator is invalid')
    }
    const status = this.decide(claims, certificate, time)
    const reply = new Uint8Array(M2.bytes)
    writeHeader(reply, PACKET.m2, this.options.index)
    const flags = certificate === undefined ? SELECT_WANTS_CERTIFICATE : 0
    sealM2(noise, reply, ephemeral, statics, { offer: chosen, status, flags })
    this.options.sink.send(reply)
    if (status !== SELECT.ok) return this.refuse(noise, status)
    this.establish(noise, certificate, claims, chosen, time)
  }

  private decide(claims: Claims, certificate: RemoteCertificate | undefined, time: Time): number {
    if (Math.abs(claims.timestampMs - time.wallMs) > LIMITS.maxClockSkewMs) return SELECT.clock
    return this.options.sink.decide(certificate, claims.offer, claims.insists)
  }

  private refuse(noise: SymmetricState, status: number): void {
    if (status === SELECT.clock) this.abandon(noise, 'clock of the initiator is off', 'CLOCK_SKEW')
    else if (status === SELECT.duplicate) this.abandon(noise, 'our own dial stays', 'LIMIT_EXCEEDED')
    else this.abandon(noise, 'refused by limit or rule', status === SELECT.busy ? 'LIMIT_EXCEEDED' : 'PEER_DENIED')
  }

  private establish(
    noise: SymmetricState,
    certificate: RemoteCertificate | undefined,
    claims: Claims,
    agreed: Offer,
    time: Time,
    early?: Uint8Array,
  ): void {
    this.done = true
    const established = {
      side: 'responder' as const,
      secrets: split(this.shared.context.kernels, noise),
      index: this.options.index,
      certificate,
      certHash: claims.certHash,
      staticKey: claims.staticKey,
      agreed,
      remote: claims.offer,
      wantsChain: false,
      resumed: early !== undefined,
      early: early ?? new Uint8Array(0),
    }
    this.options.sink.onEstablished(established, time)
  }

  private onResume(packet: Uint8Array, time: Time): boolean {
    const { context, tickets } = this.shared
    const early = readU16(packet, RESUME.earlyLength)
    const mac1At = resumeBytes(early) - 32
    if (!this.passesMacs(packet, mac1At, time)) return !this.done
    const ticket = tickets.take(packet.subarray(RESUME.ticket, RESUME.ticketEnd), time.monoMs)
    if (ticket === undefined) return this.sendTicketUnknown(packet)
    if (context.certificates.byHash(ticket.certificate.hash, time) === undefined) {
      wipe(ticket.key)
      return this.sendTicketUnknown(packet)
    }
    const peerId = peerIdToBytes(context.local().peerId)
    const noise = beginResume(context.kernels, packet, context.networkId, peerId, ticket.key)
    wipe(ticket.key)
    const sealedTo = mac1At
    if (!noise.decryptAndHash(packet, RESUME.bytes, sealedTo)) return this.abandon(noise, 'resumption does not open')
    return this.answerResume(noise, packet, ticket.certificate, early, time)
  }

  private answerResume(
    noise: SymmetricState,
    packet: Uint8Array,
    certificate: RemoteCertificate,
    early: number,
    time: Time,
  ): boolean {
    const { context } = this.shared
    const offer = readOffer(packet, RESUME.bytes + RESUME_SEALED.offer)
    const timestampMs = readU64(packet, RESUME.bytes + RESUME_SEALED.timestamp)
    const chosen = select(context.offer, offer)
    const key = packet.slice(RESUME.ephemeralKey, RESUME.ephemeralKeyEnd)
    const ephemeral = encapsulateHedged(context, key, certificate.hash)
    this.shared.kemOperations++
    if (chosen === undefined || ephemeral === undefined) {
      wipe(ephemeral?.secret)
      return this.abandon(noise, 'resumption refused')
    }
    const claims = { certHash: certificate.hash, staticKey: new Uint8Array(0), timestampMs, offer, insists: true }
    const status = this.decide(claims, certificate, time)
    const reply = new Uint8Array(RESUMED.bytes)
    writeHeader(reply, PACKET.resumed, this.options.index)
    sealResumed(noise, reply, ephemeral, { offer: chosen, status })
    this.options.sink.send(reply)
    if (status !== SELECT.ok) {
      this.refuse(noise, status)
      return false
    }
    const at = RESUME.bytes + RESUME_SEALED.bytes
    this.establish(noise, certificate, claims, chosen, time, packet.slice(at, at + early))
    return false
  }

  /** mac1, and mac2 where the address is not verified. What fails is dropped without a word and before any KEM. */
  private passesMacs(packet: Uint8Array, mac1At: number, time: Time): boolean {
    const { context, cookies } = this.shared
    const { blake3 } = context.kernels
    const peerId = peerIdToBytes(context.local().peerId)
    if (!checkMac1(blake3, mac1Key(blake3, context.networkId, peerId), packet, mac1At)) {
      this.drop('mac1')
      return false
    }
    if (this.options.verifiesAddress || cookies.accepts(packet, mac1At + 16, this.options.address, time.monoMs))
      return true
    if (!isZero(packet.subarray(mac1At + 16, mac1At + 32))) {
      this.drop('mac2')
      return false
    }
    const key = cookieKey(blake3, context.networkId, peerId)
    this.options.sink.send(cookies.reply(packet, mac1At, this.options.address, key, time.monoMs))
    return false
  }

  private sendStale(): boolean {
    const reply = new Uint8Array(STALE.bytes)
    writeHeader(reply, PACKET.stale, this.options.index)
    reply.set(this.shared.context.local().certHash, STALE.certHash)
    this.options.sink.send(reply)
    return true
  }

  private sendTicketUnknown(packet: Uint8Array): boolean {
    const reply = new Uint8Array(TICKET_UNKNOWN.bytes)
    writeHeader(reply, PACKET.ticketUnknown, this.options.index)
    reply.set(packet.subarray(RESUME.ticket, RESUME.ticketEnd), TICKET_UNKNOWN.ticket)
    this.options.sink.send(reply)
    return true
  }

  /** Hints at the versions spoken, to whoever shows by mac1 that it knows whom it dials; scans get no answer. */
  private rejectVersion(packet: Uint8Array): boolean {
    const { context } = this.shared
    const { blake3 } = context.kernels
    const key = mac1Key(blake3, context.networkId, peerIdToBytes(context.local().peerId))
    if (packet[HEADER.type] !== PACKET.m1 || !checkMac1(blake3, key, packet, M1.mac1)) {
      return this.drop('another version')
    }
    const reply = new Uint8Array(VERSION_REJECT.bytes)
    writeHeader(reply, PACKET.versionReject, this.options.index)
    reply[VERSION_REJECT.lowest] = PROTOCOL_VERSION
    reply[VERSION_REJECT.highest] = PROTOCOL_VERSION
    this.options.sink.send(reply)
    return this.drop('another version')
  }

  private abandon(noise: SymmetricState, reason: string, code: ErrorCode = 'HANDSHAKE_FAILED'): boolean {
    noise.wipe()
    return this.drop(reason, code)
  }

  private drop(reason: string, code: ErrorCode = 'HANDSHAKE_FAILED'): boolean {
    if (!this.done) {
      this.done = true
      this.options.sink.onFailed(code, reason)
    }
    return false
  }
}

function readClaims(packet: Uint8Array): Claims {
  const at = M1.sealed
  return {
    certHash: packet.slice(at + M1_SEALED.certHash, at + M1_SEALED.certHashEnd),
    staticKey: packet.slice(at + M1_SEALED.staticKey, at + M1_SEALED.staticKeyEnd),
    timestampMs: readU64(packet, at + M1_SEALED.timestamp),
    offer: readOffer(packet, at + M1_SEALED.offer),
    insists: (packet[at + M1_SEALED.offer + 1] & OFFER_INSISTS) !== 0,
  }
}
