import { readU32, readU64, wipe, writeU16, writeU32, writeU64 } from '../../core/bytes.js'
import { type ErrorCode, HyphaeError } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { readUtf8, utf8 } from '../../core/text.js'
import { earlier, type Time } from '../../core/time.js'
import { type SessionSecrets, type Side, ticketKey } from '../../crypto/session/keys.js'
import type { RecordSink } from '../../ports/record-sink.js'
import { RECORD, RECORD_TYPE } from '../../wire/records.js'
import { Acknowledger } from './acknowledger.js'
import { AttachInitiator, AttachResponder } from './attach.js'
import { ChainAssembly, chainPieces } from './chain-pieces.js'
import { CLOSE_CODES, closeCode } from './close-codes.js'
import { SESSION_DEFAULTS, type SessionConfig } from './config.js'
import { Epochs } from './epochs.js'
import type { SessionOptions, SessionTicketSecret } from './options.js'
import { RecordReader } from './record-reader.js'
import type { SessionSink } from './sink.js'
import { RecordWriter } from './writer.js'

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
  private readonly epochs: Epochs
  private readonly writer: RecordWriter
  private readonly reader: RecordReader
  private readonly acks: Acknowledger
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
  /** What our last ATTACH stated as the first record we lack. */
  private attachNextRx = 0
  /** Records that come again after a change of carrier though we have them. */
  private skip = 0
  private readonly onRecord = (buffer: Uint8Array, from: number, to: number): boolean => this.record(buffer, from, to)
  private readonly write: (buffer: Uint8Array, from: number, to: number) => boolean

  constructor(private readonly options: SessionOptions) {
    const { kernels, secrets, side, sink, time } = options
    this.side = side
    this.secrets = secrets
    this.sink = sink
    this.time = time
    this.lastReceivedMs = time.monoMs
    this.config = options.config ?? SESSION_DEFAULTS
    this.attachInitiator = new AttachInitiator(kernels.blake3, secrets)
    this.attachResponder = new AttachResponder(kernels.blake3, secrets, options.random)
    this.epochs = new Epochs(options, this.config, this.attachResponder)
    this.writer = new RecordWriter(
      this.epochs.sealer,
      this.config,
      sink,
      (code, reason) => this.end(code, reason, false),
      options.pool,
    )
    this.reader = new RecordReader(options.pool)
    this.acks = new Acknowledger(this.config)
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

  /** Sealed bytes that the peer has not acknowledged; 0 where nothing but ACK records is left. */
  get unackedCount(): number {
    return this.writer.owedBytes
  }

  /** Initiator's first words: its chain where the responder asked for it, a confirmation otherwise. */
  introduce(chain: Uint8Array | undefined, time: Time): void {
    this.enter(time)
    if (this.closed) return
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
    if (!fine && !this.closed) this.sink.onCarrierFault('a record did not open or has an impossible length')
  }

  /** Writes out what is waiting. */
  flush(time: Time): void {
    this.enter(time)
    if (this.closed || !this.hasCarrier || this.carrierFull) {
      this.writer.sealOpen()
      return
    }
    if (this.acks.isDue) this.acknowledge()
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
    // What the next carrier brings tells the peer what we have.
    this.acks.settle()
    this.reader.reset()
  }

  /** Ids the responder can be asked for on a new carrier. */
  attachIds(): Uint8Array[] {
    return this.closed ? [] : this.attachResponder.ids()
  }

  /** Initiator: first flight on a new carrier. */
  beginAttach(time: Time): Uint8Array {
    this.enter(time)
    this.mustLive()
    this.attachNextRx = this.epochs.nextRx
    return this.attachInitiator.begin(this.options.index, this.attachNextRx)
  }

  /** Initiator: takes the answer. Returns the last flight; records follow it on the new carrier. Undefined for a forged one. */
  finishAttach(ok: Uint8Array, time: Time): Uint8Array | undefined {
    this.enter(time)
    if (this.closed) return undefined
    const result = this.attachInitiator.finish(ok, this.options.index)
    if (result === undefined || !this.inLog(result.peerNextRx)) return undefined
    this.adopt(result.peerNextRx, this.attachNextRx)
    return this.closed ? undefined : result.done
  }

  /** Responder: answers a request to change the carrier; undefined refuses it. */
  answerAttach(request: Uint8Array, time: Time): Uint8Array | undefined {
    this.enter(time)
    if (this.closed) return undefined
    const ok = this.attachResponder.answer(request, this.options.index, this.epochs.nextRx)
    if (ok !== undefined) this.sink.onAttachIds()
    return ok
  }

  /** Responder: takes the confirmation; true when the new carrier is now the session's. */
  confirmAttach(done: Uint8Array, time: Time): boolean {
    this.enter(time)
    if (this.closed) return false
    const result = this.attachResponder.finish(done)
    if (result === undefined || !this.inLog(result.peerNextRx)) return false
    this.adopt(result.peerNextRx, result.statedNextRx)
    return !this.closed
  }

  /**
   * Responder: gives the initiator a ticket for a later resumption.
   * @throws HyphaeError CLOSED after the end of the session
   */
  issueTicket(lifetimeMs: number, time: Time): SessionTicketSecret {
    this.enter(time)
    this.mustLive()
    const id = this.options.random.fill(new Uint8Array(32))
    const key = ticketKey(this.options.kernels.blake3, this.secrets.resumption, id)
    const lifetime = new Uint8Array(4)
    writeU32(lifetime, 0, Math.max(0, lifetimeMs))
    this.writer.control(RECORD_TYPE.ticket, id, lifetime)
    return { id, key }
  }

  /** Sends a sign of life that the peer acknowledges. */
  keepAlive(time: Time): void {
    this.enter(time)
    if (!this.closed) this.writer.control(RECORD_TYPE.keepAlive)
  }

  /** Ends the session and tells the peer why, if it can still be told. */
  close(code: ErrorCode, reason: string): void {
    if (this.closed) return
    if (this.hasCarrier && !this.carrierFull && code !== 'SESSION_LOST') {
      const head = new Uint8Array(2)
      writeU16(head, 0, Math.max(0, CLOSE_CODES.indexOf(code)))
      this.writer.control(RECORD_TYPE.close, head, utf8(reason.slice(0, 80)))
      this.writer.flush(this.write)
    }
    this.end(code, reason, false)
  }

  /** When {@link Session.tick} wants to be called, monoMs. */
  nextDeadline(): number | undefined {
    if (this.closed) return undefined
    const lost = this.lostAtMs === undefined ? undefined : this.lostAtMs + this.config.carrierLossMs
    const ack = this.hasCarrier ? this.acks.dueMs : undefined
    return earlier(earlier(ack, lost), earlier(this.epochs.dueMs, this.writer.trimAtMs))
  }

  /** Does what is due. */
  tick(time: Time): void {
    this.enter(time)
    if (this.closed) return
    if (this.lostAtMs !== undefined && time.monoMs >= this.lostAtMs + this.config.carrierLossMs) {
      this.end('SESSION_LOST', `no carrier for ${this.config.carrierLossMs} ms`, false)
      return
    }
    const { dueMs } = this.acks
    if (dueMs !== undefined && time.monoMs >= dueMs && this.hasCarrier) this.acknowledge()
    const ratchetMs = this.epochs.dueMs
    if (ratchetMs !== undefined && time.monoMs >= ratchetMs) this.epochs.begin(this.writer, time.monoMs)
    if (this.writer.trim()) this.sink.onQuiet()
  }

  private mustLive(): void {
    if (this.closed) throw new HyphaeError('CLOSED', 'the session is over')
  }

  private enter(time: Time): void {
    this.time = time
    this.writer.setTime(time.monoMs)
  }

  private record(buffer: Uint8Array, from: number, to: number): boolean {
    if (this.skip > 0) {
      this.skip--
      return true
    }
    if (!this.epochs.open(buffer, from, to)) return false
    this.lastReceivedMs = this.time.monoMs
    this.idleAttaches = 0
    if (!this.confirmed) {
      this.confirmed = true
      this.sink.onConfirmed()
      // Refused: nothing of a session that is over goes up.
      if (this.closed) return false
    }
    const at = from + RECORD.header
    const type = buffer[at]
    this.acks.note(type, to - from, this.time.monoMs)
    if (this.acks.isDue) this.sink.wantFlush()
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
        return this.epochs.finish(body, this.writer, this.time.monoMs)
      case RECORD_TYPE.close:
        return this.onClose(body)
      default:
        return false
    }
  }

  private onAck(body: Uint8Array): boolean {
    if (body.length !== 8) return false
    const next = readU64(body, 0)
    // An older one than what the last change of carrier told is no fault: it was sealed before and comes again.
    if (next > this.epochs.sealer.counter) return false
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
    if (!this.authenticated || !this.epochs.answer(publicKey, this.writer, this.time.monoMs)) return false
    if (!this.closed) this.sink.onAttachIds()
    return true
  }

  private onClose(body: Uint8Array): boolean {
    if (body.length < 2) return false
    const reason = readUtf8(body, 2, Math.min(body.length, 258)) ?? ''
    this.end(closeCode((body[0] << 8) | body[1]), reason, true)
    return true
  }

  private acknowledge(): void {
    const counter = new Uint8Array(8)
    writeU64(counter, 0, this.epochs.nextRx)
    this.acks.settle()
    this.writer.control(RECORD_TYPE.ack, counter)
  }

  private giveRoom(): void {
    if (!this.writer.starved || this.writer.isFull) return
    this.writer.starved = false
    this.sink.onRoom()
  }

  private inLog(counter: number): boolean {
    const { counter: next } = this.epochs.sealer
    return counter >= this.writer.log.oldest(next) && counter <= next
  }

  private adopt(peerNextRx: number, statedNextRx: number): void {
    this.reader.reset()
    this.skip = this.epochs.nextRx - statedNextRx
    this.acks.settle()
    if (this.skip > 0) this.acks.owe(this.time.monoMs)
    this.hasCarrier = true
    this.carrierFull = false
    this.lostAtMs = undefined
    this.writer.rewind(peerNextRx)
    if (++this.idleAttaches >= this.config.maxIdleAttaches) {
      this.end('SESSION_LOST', `${this.idleAttaches} changes of carrier without a single new record`, false)
      return
    }
    this.sink.wantFlush()
  }

  private end(code: ErrorCode, reason: string, remote: boolean): void {
    if (this.closed) return
    this.closed = true
    this.writer.stop()
    this.reader.reset()
    this.epochs.free()
    this.attachInitiator.free()
    this.attachResponder.free()
    const { root, chain, resumption, attach, exporter } = this.secrets
    wipe(root, chain, resumption, attach, exporter)
    this.sink.onEnded(code, reason, remote)
  }
}
