import { EMPTY, equalConstantTime, wipe, writeU16 } from '../../core/bytes.js'
import { type ErrorCode, HyphaeError } from '../../core/errors.js'
import { PEER_ID_BYTES, peerIdToBytes, type PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import type { Time } from '../../core/time.js'
import type { SymmetricState } from '../../crypto/symmetric-state.js'
import type { Decapsulator } from '../../ports/crypto.js'
import {
  CERT_REQUEST,
  CERTIFICATES,
  FLAG_BARE,
  HEADER,
  M1,
  M2,
  PACKET,
  PROTOCOL_VERSION,
  RESUME,
  RESUMED,
  resumeBytes,
  STALE,
  SUITE,
  TICKET_UNKNOWN,
  VERSION_REJECT,
  writeHeader,
} from '../../wire/handshake.js'
import { type Offer, OFFER_INSISTS, readOffer, SELECT, SELECT_WANTS_CERTIFICATE } from '../../wire/offer.js'
import type { HandshakeContext, HandshakeSink, LocalCredentials, RemoteCertificate } from './context.js'
import { encapsulateHedged, hedgedSeed } from './hedge.js'
import { cookieKey, mac1Key, openCookie, writeMac1, writeMac2 } from './macs.js'
import {
  beginFull,
  beginResume,
  openM2Ciphertext,
  openM2Selection,
  openResumed,
  sealM1,
  sealResume,
  split,
} from './messages.js'
import { isSelectionOf, versionAfterHint } from './offers.js'
import { PacketReader } from './packet-reader.js'

/** A ticket from an earlier session with the peer. */
export interface HeldTicket {
  readonly id: Uint8Array
  readonly key: Uint8Array
  readonly certificate: RemoteCertificate
}

/** How to dial one peer. */
export interface InitiatorOptions {
  readonly context: HandshakeContext
  readonly sink: HandshakeSink
  /** Our index of the session to be. */
  readonly index: number
  /** Whom we mean to reach; undefined for a bare address of a public node. */
  readonly expected: PeerId | undefined
  /** The peer's certificate, where it is known. */
  readonly certificate?: RemoteCertificate | undefined
  readonly ticket?: HeldTicket | undefined
  /** Early data for a resumption, ≤ {@link LIMITS.maxEarlyDataBytes}; not forward secret until the ticket is deleted. */
  readonly early?: Uint8Array | undefined
  /** Lowest protocol version ever agreed with this peer. */
  readonly minVersion?: number | undefined
  /** Whether the peer is to take this dial even if it has another connection with us. */
  readonly insists?: boolean | undefined
}

/** Reason of a dial that lost against the peer's own dial to us. */
export const DUPLICATE = 'the peer is dialling us, or has a live session with us'

type State = 'idle' | 'chain' | 'm2' | 'key' | 'resumed' | 'done' | 'failed'

/** The dialling side of the handshake on one ordered carrier. */
export class Initiator {
  private state: State = 'idle'
  private readonly reader = new PacketReader(LIMITS.maxChainBytes)
  private certificate: RemoteCertificate | undefined
  private nonce = new Uint8Array(16)
  private noise: SymmetricState | undefined
  private ephemeral: Decapsulator | undefined
  /** The first message sent last and where its mac1 is: a cookie makes it go out again with a mac2. */
  private sent: Uint8Array = EMPTY
  private mac1At = 0
  private cookie: Uint8Array | undefined
  private local: LocalCredentials
  private retried = false

  /** @throws HyphaeError INVALID_ARGUMENT for early data beyond the limit, or a ticket of somebody else */
  constructor(private readonly options: InitiatorOptions) {
    const { early, expected, ticket } = options
    if (early !== undefined && early.length > LIMITS.maxEarlyDataBytes) {
      throw new HyphaeError('INVALID_ARGUMENT', `early data may have ${LIMITS.maxEarlyDataBytes} bytes`)
    }
    if (ticket !== undefined && expected !== undefined && ticket.certificate.peerId !== expected) {
      throw new HyphaeError('INVALID_ARGUMENT', 'the ticket is of another peer')
    }
    this.certificate = options.certificate
    this.local = options.context.local()
  }

  /** Sends the first flight. */
  start(time: Time): void {
    if (this.options.ticket !== undefined) this.sendResume(time)
    else if (this.certificate !== undefined) this.sendM1(time)
    else this.requestChain()
  }

  /**
   * Bytes from the carrier.
   * @returns bytes behind the handshake, which belong to the session; undefined while it goes on or has failed
   */
  receive(buffer: Uint8Array, from: number, to: number, time: Time): Uint8Array | undefined {
    if (this.state === 'failed') return undefined
    const rest = this.reader.read(buffer, from, to, packet => this.onPacket(packet, time))
    if (rest === false) this.fail('PROTOCOL_VIOLATION', 'the peer does not speak this protocol')
    return rest === false || this.state !== 'done' ? undefined : rest
  }

  /** Gives up and wipes what is held. */
  abort(): void {
    this.state = 'failed'
    this.noise?.wipe()
    this.ephemeral?.free()
  }

  private onPacket(packet: Uint8Array, time: Time): boolean {
    const type = packet[HEADER.type]
    if (type !== PACKET.versionReject && !speaksOurs(packet)) {
      this.fail('PROTOCOL_VIOLATION', 'the peer answers in another version or suite')
      return false
    }
    if (this.state === 'chain' && type === PACKET.certificates) this.onCertificates(packet, time)
    else if (this.state === 'm2' && type === PACKET.m2) this.onM2(packet, time)
    else if (this.state === 'm2' && type === PACKET.stale) this.onStale(packet, time)
    else if ((this.state === 'm2' || this.state === 'resumed') && type === PACKET.cookie) this.onCookie(packet)
    else if (this.state === 'resumed' && type === PACKET.resumed) this.onResumed(packet, time)
    else if (this.state === 'resumed' && type === PACKET.ticketUnknown) this.onTicketUnknown(packet, time)
    else if (type === PACKET.versionReject) this.onVersionReject(packet)
    else this.fail('PROTOCOL_VIOLATION', `unexpected handshake packet of type ${type}`)
    return this.state !== 'done' && this.state !== 'failed'
  }

  private requestChain(): void {
    const { context, expected, index } = this.options
    const packet = new Uint8Array(CERT_REQUEST.bytes)
    writeHeader(packet, PACKET.certificateRequest, index, expected === undefined ? FLAG_BARE : 0)
    this.nonce = context.random.fill(new Uint8Array(16))
    packet.set(this.nonce, CERT_REQUEST.nonce)
    const responder = expected === undefined ? new Uint8Array(PEER_ID_BYTES) : peerIdToBytes(expected)
    const { blake3 } = context.kernels
    writeMac1(blake3, mac1Key(blake3, context.networkId, responder), packet, CERT_REQUEST.mac1)
    this.state = 'chain'
    this.options.sink.send(packet)
  }

  private onCertificates(packet: Uint8Array, time: Time): void {
    if (!equalConstantTime(packet.subarray(CERTIFICATES.nonce, CERTIFICATES.nonceEnd), this.nonce)) {
      return this.fail('PROTOCOL_VIOLATION', 'certificates that were not asked for')
    }
    const verdict = this.options.context.certificates.verify(packet.slice(CERTIFICATES.bytes), time)
    if (!verdict.ok) return this.fail(verdict.code, verdict.reason)
    const { expected } = this.options
    if (expected !== undefined && verdict.certificate.peerId !== expected) {
      return this.fail('IDENTITY_MISMATCH', `the address answers as ${verdict.certificate.peerId}, not ${expected}`)
    }
    this.certificate = verdict.certificate
    this.sendM1(time)
  }

  private sendM1(time: Time): void {
    const { context, index } = this.options
    const certificate = this.certificate as RemoteCertificate
    if (certificate.peerId === this.local.peerId) return this.fail('IDENTITY_MISMATCH', 'the address is our own')
    const encapsulated = encapsulateHedged(context, certificate.staticKey, certificate.hash)
    if (encapsulated === undefined)
      return this.fail('CERTIFICATE_INVALID', 'the static key of the certificate is not a key')
    const packet = new Uint8Array(M1.bytes)
    writeHeader(packet, PACKET.m1, index, 0, certificate.hash)
    const peerId = peerIdToBytes(certificate.peerId)
    this.noise = beginFull(context.kernels, packet.subarray(0, HEADER.bytes), {
      networkId: context.networkId,
      peerId,
      certHash: certificate.hash,
      staticKey: certificate.staticKey,
    })
    const own = { certHash: this.local.certHash, staticKey: this.local.decapsulator.publicKey }
    const flags = this.options.insists === true ? OFFER_INSISTS : 0
    sealM1(this.noise, packet, encapsulated, this.newEphemeral(), own, time.wallMs, context.offer, flags)
    this.state = 'm2'
    this.sendWithMacs(packet, M1.mac1, peerId)
  }

  private sendWithMacs(packet: Uint8Array, mac1At: number, peerId: Uint8Array): void {
    const { context, sink } = this.options
    const { blake3 } = context.kernels
    writeMac1(blake3, mac1Key(blake3, context.networkId, peerId), packet, mac1At)
    if (this.cookie !== undefined) writeMac2(blake3, this.cookie, packet, mac1At + 16)
    this.sent = packet
    this.mac1At = mac1At
    sink.send(packet)
  }

  private newEphemeral(): Uint8Array {
    const { kem } = this.options.context
    const seed = hedgedSeed(this.options.context)
    this.ephemeral?.free()
    const { publicKey, decapsulator } = kem.keyPair(seed)
    wipe(seed)
    this.ephemeral = decapsulator
    return publicKey
  }

  private onM2(packet: Uint8Array, time: Time): void {
    const noise = this.noise as SymmetricState
    const secret = this.ephemeralSecret(packet.subarray(M2.ephemeralCt, M2.ephemeralCtEnd))
    if (secret === undefined || !openM2Ciphertext(noise, packet, secret)) return this.failAuthentication()
    this.ephemeral?.free()
    const ciphertext = packet.slice(M2.sealedCt, M2.sealedCtEnd - 16)
    this.state = 'key'
    const answer = this.local.decapsulator.decapsulate(ciphertext, result => {
      this.options.context.resume(now => this.onStaticSecret(packet, result, now))
    })
    if (answer !== undefined) this.onStaticSecret(packet, answer === false ? undefined : answer, time)
  }

  private onStaticSecret(packet: Uint8Array, secret: Uint8Array | undefined, time: Time): void {
    if (this.state !== 'key') return wipe(secret)
    const noise = this.noise as SymmetricState
    if (secret === undefined || !openM2Selection(noise, packet, secret)) return this.failAuthentication()
    this.establish(packet, M2.sealedSelect, time, false)
  }

  private establish(packet: Uint8Array, selectAt: number, time: Time, resumed: boolean): void {
    const { context, index, sink } = this.options
    const status = packet[selectAt]
    if (status !== SELECT.ok) return this.failSelection(status)
    const agreed: Offer = readOffer(packet, selectAt)
    if (!isSelectionOf(agreed, context.offer))
      return this.fail('HANDSHAKE_FAILED', 'the peer chose what was not offered')
    const certificate = this.certificate as RemoteCertificate
    this.state = 'done'
    this.ephemeral?.free()
    const established = {
      side: 'initiator' as const,
      secrets: split(context.kernels, this.noise as SymmetricState),
      index,
      certificate,
      certHash: certificate.hash,
      staticKey: certificate.staticKey,
      agreed,
      remote: agreed,
      wantsChain: (packet[selectAt + 1] & SELECT_WANTS_CERTIFICATE) !== 0,
      resumed,
      early: new Uint8Array(0),
    }
    sink.onEstablished(established, time)
  }

  private sendResume(time: Time): void {
    const { context, index } = this.options
    const ticket = this.options.ticket as HeldTicket
    const early = this.options.early ?? new Uint8Array(0)
    this.certificate = ticket.certificate
    const packet = new Uint8Array(resumeBytes(early.length))
    writeHeader(packet, PACKET.resume, index)
    packet.set(ticket.id, RESUME.ticket)
    packet.set(this.newEphemeral(), RESUME.ephemeralKey)
    writeU16(packet, RESUME.earlyLength, early.length)
    const peerId = peerIdToBytes(ticket.certificate.peerId)
    this.noise = beginResume(context.kernels, packet, context.networkId, peerId, ticket.key)
    const mac1At = sealResume(this.noise, packet, time.wallMs, context.offer, early)
    wipe(ticket.key)
    this.state = 'resumed'
    this.sendWithMacs(packet, mac1At, peerId)
  }

  private onResumed(packet: Uint8Array, time: Time): void {
    const secret = this.ephemeralSecret(packet.subarray(RESUMED.ephemeralCt, RESUMED.ephemeralCtEnd))
    const fine = secret !== undefined && openResumed(this.noise as SymmetricState, packet, secret)
    if (!fine) return this.failAuthentication()
    this.establish(packet, RESUMED.sealedSelect, time, true)
  }

  /** A hint: at worst a forger costs us the round trip that the ticket would have saved, and the early data. */
  private onTicketUnknown(packet: Uint8Array, time: Time): void {
    const { certificate, context, ticket } = this.options
    const named = packet.subarray(TICKET_UNKNOWN.ticket, TICKET_UNKNOWN.ticketEnd)
    if (ticket === undefined || !equalConstantTime(named, ticket.id)) {
      return this.fail('PROTOCOL_VIOLATION', 'an answer to a ticket that was not shown')
    }
    this.noise?.wipe()
    this.certificate = certificate ?? context.certificates.byHash(ticket.certificate.hash, time)
    if (this.certificate === undefined) this.requestChain()
    else this.sendM1(time)
  }

  private onStale(packet: Uint8Array, time: Time): void {
    if (this.retried) return this.fail('HANDSHAKE_FAILED', 'the peer keeps calling its certificate out of date')
    this.retried = true
    this.noise?.wipe()
    const known = this.options.context.certificates.byHash(packet.slice(STALE.certHash, STALE.certHashEnd), time)
    const present = this.certificate as RemoteCertificate
    // Nobody signed the hint: it may lead to a newer certificate, never back to an older one that is still valid.
    if (known?.peerId !== present.peerId || known.notAfterMs <= present.notAfterMs) return this.requestChain()
    this.certificate = known
    this.sendM1(time)
  }

  /** Sends the same message again with a mac2: the macs are no part of the transcript, and it was not looked at. */
  private onCookie(packet: Uint8Array): void {
    const { context, sink } = this.options
    const { blake3 } = context.kernels
    const key = cookieKey(blake3, context.networkId, peerIdToBytes((this.certificate as RemoteCertificate).peerId))
    const mac1 = this.sent.subarray(this.mac1At, this.mac1At + 16)
    const cookie = openCookie(blake3, key, mac1, packet)
    if (cookie === undefined || this.cookie !== undefined) return
    this.cookie = cookie
    this.sent = this.sent.slice()
    writeMac2(blake3, cookie, this.sent, this.mac1At + 16)
    sink.send(this.sent)
  }

  private onVersionReject(packet: Uint8Array): void {
    const lowest = packet[VERSION_REJECT.lowest]
    const highest = packet[VERSION_REJECT.highest]
    const version = versionAfterHint(lowest, highest, this.options.minVersion ?? 0)
    const which = `the peer says it speaks versions ${lowest} to ${highest}`
    this.fail(
      'HANDSHAKE_FAILED',
      version === undefined ? `${which}, none of them acceptable` : `${which}; a hint, not believed`,
    )
  }

  private ephemeralSecret(ciphertext: Uint8Array): Uint8Array | undefined {
    // Made here and held here, so it answers at once.
    const secret = this.ephemeral?.decapsulate(ciphertext, () => undefined)
    return secret instanceof Uint8Array ? secret : undefined
  }

  private failSelection(status: number): void {
    if (status === SELECT.clock) return this.fail('CLOCK_SKEW', 'the peer refuses our clock')
    if (status === SELECT.busy) return this.fail('LIMIT_EXCEEDED', 'the peer takes no more connections now')
    if (status === SELECT.duplicate) return this.fail('LIMIT_EXCEEDED', DUPLICATE)
    this.fail('PEER_DENIED', 'the peer refuses us')
  }

  private failAuthentication(): void {
    this.fail('HANDSHAKE_FAILED', 'the answer does not prove the identity that was dialled')
  }

  private fail(code: ErrorCode, reason: string): void {
    if (this.state === 'failed' || this.state === 'done') return
    this.abort()
    this.options.sink.onFailed(code, reason)
  }
}

function speaksOurs(packet: Uint8Array): boolean {
  return packet[HEADER.version] === PROTOCOL_VERSION && packet[HEADER.suite] === SUITE
}
