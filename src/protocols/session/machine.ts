import { readU32, readU64, wipe, writeU16, writeU64 } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { readUtf8, utf8 } from '../../core/text.js'
import { earlier, type Time } from '../../core/time.js'
import { RecordOpener, RecordSealer } from '../../crypto/session/cipher.js'
import { type SessionSecrets, type Side, ticketKey } from '../../crypto/session/keys.js'
import type { Kem } from '../../ports/crypto.js'
import type { Kernels } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import type { RecordSink } from '../../ports/record-sink.js'
import { RECORD, RECORD_TYPE } from '../../wire/records.js'
import { AttachInitiator, AttachResponder } from './attach.js'
import { ChainAssembly, chainPieces } from './chain-pieces.js'
import { CLOSE_CODES, closeCode } from './close-codes.js'
import { SESSION_DEFAULTS, type SessionConfig } from './config.js'
import { KemRatchet } from './ratchet.js'
import { RecordReader } from './record-reader.js'
import type { SegmentPool } from './segments.js'
import type { SessionSink } from './sink.js'
import { RecordWriter } from './writer.js'

/** What a session is made of once the handshake is done. */
export interface SessionOptions {
  readonly side: Side
  /** Our index of this session, for packets that change the carrier. */
  readonly index: number
  readonly secrets: SessionSecrets
  readonly kernels: Kernels
  readonly kem: Kem
  readonly random: Random
  readonly pool: SegmentPool
  readonly sink: SessionSink
  readonly time: Time
  readonly config?: Partial<SessionConfig>
}

/**
 * One secure session: records in both directions, acknowledgements, rekeying, the KEM ratchet, tickets and the change of
 * carrier (PROTOCOL §2). It outlives its carriers: what a lost one swallowed is resent on the next, byte for byte.
 */
export class Session {
  /** Which side of the handshake we were. */
  readonly side: Side
  readonly secrets: SessionSecrets
  /** When the last genuine record came, monoMs. */
  lastReceivedMs: number
  private readonly config: SessionConfig
  private readonly sealer: RecordSealer
  private readonly opener: RecordOpener
  private readonly writer: RecordWriter
  private readonly reader: RecordReader
  private readonly ratchet: KemRatchet
  private readonly chain = new ChainAssembly()
  private readonly attachInitiator: AttachInitiator
  private readonly attachResponder: AttachResponder
  private readonly sink: SessionSink
  private time: Time
  private confirmed: boolean
  private authenticated: boolean
  private closed = false
  private hasCarrier = true
  private carrierFull = false
  private lostAtMs: number | undefined
  private idleAttaches = 0
  private skip = 0
  private ackedCounter = 0
  private unackedBytes = 0
  private ackAtMs: number | undefined
  private readonly onRecord = (buffer: Uint8Array, from: number, to: number): boolean => this.record(buffer, from, to)
  private readonly write: (buffer: Uint8Array, from: number, to: number) => boolean

  constructor(private readonly options: SessionOptions) {
    const { kernels, secrets, side, sink, time } = options
    this.side = side
    this.secrets = secrets
    this.sink = sink
    this.time = time
    this.lastReceivedMs = time.monoMs
    this.config = { ...SESSION_DEFAULTS, ...options.config }
    const other: Side = side === 'initiator' ? 'responder' : 'initiator'
    this.sealer = new RecordSealer(kernels, secrets.root, side, this.config.rekey)
    this.opener = new RecordOpener(kernels, secrets.root, other)
    this.writer = new RecordWriter(
      this.sealer,
      this.config,
      {
        wantFlush: () => sink.wantFlush(),
        onExhausted: () => this.close('SESSION_LOST', 'the keys of this session are used up'),
      },
      options.pool,
    )
    this.reader = new RecordReader(options.pool)
    this.ratchet = new KemRatchet(options, this.config.ratchetMs)
    this.attachInitiator = new AttachInitiator(kernels.blake3, secrets)
    this.attachResponder = new AttachResponder(kernels.blake3, secrets, options.random)
    this.confirmed = side === 'initiator'
    this.authenticated = side === 'initiator'
    this.write = (buffer, from, to) => sink.write(buffer, from, to)
  }

  /** Where the multiplexer writes its frames. */
  get records(): RecordSink & { readonly mark: number } {
    return this.writer
  }

  /** Whether the session still lives. */
  get alive(): boolean {
    return !this.closed
  }

  /** Whether a carrier is bound. */
  get connected(): boolean {
    return this.hasCarrier
  }

  /** Sealed bytes that the peer has not acknowledged. */
  get unackedCount(): number {
    return this.writer.log.unackedBytes
  }

  /** Initiator's first words: its chain where the responder asked for it, a confirmation otherwise. */
  introduce(chain: Uint8Array | undefined, time: Time): void {
    this.enter(time)
    if (chain === undefined) this.writer.control(RECORD_TYPE.confirm)
    else for (const [head, piece] of chainPieces(chain)) this.writer.control(RECORD_TYPE.chain, head, piece)
  }

  /** Responder: the initiator's certificate was already known and needs no chain. */
  trustInitiator(): void {
    this.authenticated = true
  }

  /** Bytes from the carrier; they may be changed. */
  receive(buffer: Uint8Array, from: number, to: number, time: Time): void {
    this.enter(time)
    if (this.closed) return
    const fine = this.reader.read(buffer, from, to, this.onRecord)
    if (!fine && !this.closed) this.fault('a record did not open or has an impossible length')
  }

  /** Writes out what is waiting. */
  flush(time: Time): void {
    this.enter(time)
    if (this.closed || !this.hasCarrier || this.carrierFull) {
      this.writer.sealOpen()
      return
    }
    if (this.unackedBytes >= this.config.ackBytes) this.acknowledge()
    this.carrierFull = !this.writer.flush(this.write)
    this.giveRoom()
  }

  /** The carrier takes more again. */
  drained(time: Time): void {
    this.carrierFull = false
    this.flush(time)
  }

  /** The carrier is gone; the session waits for another one. */
  carrierLost(time: Time): void {
    this.enter(time)
    if (!this.hasCarrier || this.closed) return
    this.hasCarrier = false
    this.lostAtMs = time.monoMs
    this.reader.reset()
  }

  /** Ids the responder can be asked for on a new carrier. */
  attachIds(): Uint8Array[] {
    return this.attachResponder.ids()
  }

  /** Initiator: first flight on a new carrier. */
  beginAttach(time: Time): Uint8Array {
    this.enter(time)
    this.attachNextRx = this.opener.counter
    return this.attachInitiator.begin(this.options.index, this.opener.counter)
  }

  /** Initiator: takes the answer. Returns the last flight; records follow it on the new carrier. Undefined for a forged one. */
  finishAttach(ok: Uint8Array, time: Time): Uint8Array | undefined {
    this.enter(time)
    const result = this.attachInitiator.finish(ok, this.options.index)
    if (result === undefined || !this.inLog(result.peerNextRx)) return undefined
    this.adopt(result.peerNextRx, this.attachNextRx)
    return this.closed ? undefined : result.done
  }

  /** Responder: answers a request to change the carrier; undefined refuses it. */
  answerAttach(request: Uint8Array, time: Time): Uint8Array | undefined {
    this.enter(time)
    const ok = this.attachResponder.answer(request, this.options.index, this.opener.counter)
    if (ok !== undefined) this.sink.onAttachIds()
    return ok
  }

  /** Responder: takes the confirmation; true when the new carrier is now the session's. */
  confirmAttach(done: Uint8Array, time: Time): boolean {
    this.enter(time)
    const result = this.attachResponder.finish(done)
    if (result === undefined || !this.inLog(result.peerNextRx)) return false
    this.adopt(result.peerNextRx, result.statedNextRx)
    return !this.closed
  }

  /** Responder: gives the initiator a ticket for a later resumption. */
  issueTicket(lifetimeMs: number, time: Time): SessionTicketSecret {
    this.enter(time)
    const id = this.options.random.fill(new Uint8Array(32))
    const lifetime = Uint8Array.of(lifetimeMs >>> 24, lifetimeMs >>> 16, lifetimeMs >>> 8, lifetimeMs)
    this.writer.control(RECORD_TYPE.ticket, id, lifetime)
    return { id, key: ticketKey(this.options.kernels.blake3, this.secrets.resumption, id) }
  }

  /** Sends a sign of life that the peer acknowledges. */
  keepAlive(time: Time): void {
    this.enter(time)
    this.writer.control(RECORD_TYPE.keepAlive)
  }

  /** Ends the session and tells the peer why, if it can still be told. */
  close(code: ErrorCode, reason: string): void {
    if (this.closed) return
    if (this.hasCarrier && !this.carrierFull && code !== 'SESSION_LOST') {
      const head = new Uint8Array(2)
      writeU16(head, 0, CLOSE_CODES.indexOf(code))
      this.writer.control(RECORD_TYPE.close, head, utf8(reason.slice(0, 80)))
      this.writer.flush(this.write)
    }
    this.end(code, reason, false)
  }

  /** When {@link Session.tick} wants to be called, monoMs. */
  nextDeadline(): number | undefined {
    if (this.closed) return undefined
    const lost = this.lostAtMs === undefined ? undefined : this.lostAtMs + this.config.carrierLossMs
    return earlier(earlier(this.ackAtMs, lost), this.side === 'initiator' ? this.ratchet.dueMs : undefined)
  }

  /** Does what is due. */
  tick(time: Time): void {
    this.enter(time)
    if (this.closed) return
    if (this.lostAtMs !== undefined && time.monoMs >= this.lostAtMs + this.config.carrierLossMs) {
      this.end('SESSION_LOST', `no carrier for ${this.config.carrierLossMs} ms`, false)
      return
    }
    if (this.ackAtMs !== undefined && time.monoMs >= this.ackAtMs && this.hasCarrier) this.acknowledge()
    if (this.side === 'initiator' && time.monoMs >= this.ratchet.dueMs) {
      this.writer.control(RECORD_TYPE.ratchet, this.ratchet.begin(time.monoMs))
    }
  }

  private attachNextRx = 0

  private enter(time: Time): void {
    this.time = time
    this.writer.setTime(time.monoMs)
  }

  private record(buffer: Uint8Array, from: number, to: number): boolean {
    if (this.skip > 0) {
      this.skip--
      return true
    }
    const awaited = this.opener.awaitsEpoch
    if (!this.opener.open(buffer, from, to)) return false
    if (awaited && !this.opener.awaitsEpoch) this.attachResponder.dropPrevious()
    this.lastReceivedMs = this.time.monoMs
    this.idleAttaches = 0
    if (!this.confirmed) {
      this.confirmed = true
      this.sink.onConfirmed()
    }
    const at = from + RECORD.header
    const type = buffer[at] as number
    if (type !== RECORD_TYPE.ack) this.noteAck(to - from)
    return this.dispatch(type, buffer, at + RECORD.type, to - RECORD.tag)
  }

  private dispatch(type: number, buffer: Uint8Array, from: number, to: number): boolean {
    if (type === RECORD_TYPE.data && this.authenticated) {
      this.sink.onFrames(buffer, from, to)
      return !this.closed
    }
    const fine = this.control(type, buffer.slice(from, to))
    if (!fine && !this.closed) this.close('PROTOCOL_VIOLATION', `record of type ${type} is malformed or out of place`)
    return !this.closed
  }

  private control(type: number, body: Uint8Array): boolean {
    switch (type) {
      case RECORD_TYPE.ack:
        return this.onAck(body)
      case RECORD_TYPE.chain:
        return this.onChain(body)
      case RECORD_TYPE.confirm:
        return this.side === 'responder' && this.authenticated && body.length === 0
      case RECORD_TYPE.keepAlive:
        return body.length === 0
      case RECORD_TYPE.ticket:
        return this.onTicket(body)
      case RECORD_TYPE.ratchet:
        return this.onRatchet(body)
      case RECORD_TYPE.ratchetAck:
        return this.onRatchetAck(body)
      case RECORD_TYPE.close:
        return this.onClose(body)
      default:
        return false
    }
  }

  private onAck(body: Uint8Array): boolean {
    if (body.length !== 8) return false
    const next = readU64(body, 0)
    if (next < this.ackedCounter || next > this.sealer.counter) return false
    this.ackedCounter = next
    this.writer.acknowledge(next)
    this.giveRoom()
    return true
  }

  private onChain(body: Uint8Array): boolean {
    if (this.side !== 'responder' || this.authenticated) return false
    const chain = this.chain.take(body)
    if (chain === 'malformed') return false
    if (chain === undefined) return true
    this.authenticated = this.sink.onChain(chain)
    return this.authenticated
  }

  private onTicket(body: Uint8Array): boolean {
    if (this.side !== 'initiator' || body.length !== 36) return false
    const id = body.slice(0, 32)
    const lifetimeMs = Math.min(readU32(body, 32), LIMITS.ticketMs)
    this.sink.onTicket({ id, key: ticketKey(this.options.kernels.blake3, this.secrets.resumption, id), lifetimeMs })
    return true
  }

  private onRatchet(publicKey: Uint8Array): boolean {
    if (this.side !== 'responder' || this.opener.awaitsEpoch) return false
    const previousAttach = this.secrets.attach
    const ciphertext = this.ratchet.answer(publicKey)
    if (ciphertext === undefined) return false
    // The answer is the last record of the old epoch; whatever follows is sealed under the new root.
    this.writer.control(RECORD_TYPE.ratchetAck, ciphertext)
    this.sealer.enterEpoch(this.secrets.root, this.time.monoMs)
    this.opener.expectEpoch(this.secrets.root)
    this.attachResponder.keepPrevious(previousAttach)
    this.sink.onAttachIds()
    return true
  }

  private onRatchetAck(ciphertext: Uint8Array): boolean {
    if (this.side !== 'initiator') return false
    const previousAttach = this.secrets.attach
    if (!this.ratchet.finish(ciphertext)) return false
    wipe(previousAttach)
    this.writer.sealOpen()
    this.sealer.enterEpoch(this.secrets.root, this.time.monoMs)
    this.opener.expectEpoch(this.secrets.root)
    // The responder keeps the old attach key until it sees a record of the new epoch.
    this.writer.control(RECORD_TYPE.keepAlive)
    return true
  }

  private onClose(body: Uint8Array): boolean {
    if (body.length < 2) return false
    const reason = readUtf8(body, 2, Math.min(body.length, 258)) ?? ''
    this.end(closeCode(((body[0] as number) << 8) | (body[1] as number)), reason, true)
    return true
  }

  private noteAck(bytes: number): void {
    this.unackedBytes += bytes
    if (this.unackedBytes >= this.config.ackBytes) this.sink.wantFlush()
    this.ackAtMs ??= this.time.monoMs + this.config.ackDelayMs
  }

  private acknowledge(): void {
    const counter = new Uint8Array(8)
    writeU64(counter, 0, this.opener.counter)
    this.unackedBytes = 0
    this.ackAtMs = undefined
    this.writer.control(RECORD_TYPE.ack, counter)
  }

  private giveRoom(): void {
    if (!this.writer.starved || this.writer.isFull) return
    this.writer.starved = false
    this.sink.onRoom()
  }

  private inLog(counter: number): boolean {
    return counter >= this.writer.log.oldest(this.sealer.counter) && counter <= this.sealer.counter
  }

  private adopt(peerNextRx: number, statedNextRx: number): void {
    this.reader.reset()
    this.skip = this.opener.counter - statedNextRx
    this.hasCarrier = true
    this.carrierFull = false
    this.lostAtMs = undefined
    this.writer.sealOpen()
    this.writer.acknowledge(peerNextRx)
    this.ackedCounter = Math.max(this.ackedCounter, peerNextRx)
    this.writer.log.rewind(peerNextRx)
    if (++this.idleAttaches >= this.config.maxIdleAttaches) {
      this.end('SESSION_LOST', `${this.idleAttaches} changes of carrier without a single new record`, false)
      return
    }
    this.sink.wantFlush()
  }

  private fault(reason: string): void {
    this.sink.onCarrierFault(reason)
  }

  private end(code: ErrorCode, reason: string, remote: boolean): void {
    if (this.closed) return
    this.closed = true
    this.writer.stop()
    this.reader.reset()
    this.sealer.free()
    this.opener.free()
    this.ratchet.free()
    const { root, resumption, attach, exporter } = this.secrets
    wipe(root, resumption, attach, exporter)
    this.sink.onEnded(code, reason, remote)
  }
}

/** A ticket as its issuer keeps it. */
export interface SessionTicketSecret {
  readonly id: Uint8Array
  readonly key: Uint8Array
}
