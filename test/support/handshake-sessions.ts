import type { ErrorCode } from '../../src/core/errors.js'
import { readU16, readU32, writeU16, writeU32 } from '../../src/core/bytes.js'
import { sessionSecrets, type SessionSecrets, type Side } from '../../src/crypto/session/keys.js'
import { noblePublicKeyCrypto } from '../../src/crypto/public-key.js'
import { loadKernels } from '../../src/kernels/index.js'
import type { Kem } from '../../src/ports/crypto.js'
import type { Kernels } from '../../src/ports/kernels.js'
import { PacketReader } from '../../src/protocols/handshake/packet-reader.js'
import { SESSION_DEFAULTS, type SessionConfig } from '../../src/protocols/session/config.js'
import { Session } from '../../src/protocols/session/machine.js'
import { SegmentPool } from '../../src/protocols/session/segments.js'
import type { SessionSink, SessionTicket } from '../../src/protocols/session/sink.js'
import { createFakeKem } from '../../src/sim/crypto/kem.js'
import { createFakeKernels } from '../../src/sim/crypto/kernels.js'
import { seededRandom } from '../crypto/vectors.js'

/** Small deterministic numbers for tests. */
export function dice(seed: number): (below: number) => number {
  const random = seededRandom(seed * 2_654_435_761 + 1)
  const word = new Uint8Array(4)
  return below => readU32(random.fill(word), 0) % below
}

/** One carrier: what each side wrote and the other has not read. */
export class TestCarrier {
  readonly sent: Record<Side, Uint8Array[]> = { initiator: [], responder: [] }
  /** Bytes it still carries in both directions together before it breaks. */
  budget = Number.POSITIVE_INFINITY
  /** Bytes waiting above which `write` answers false. */
  highWaterBytes = Number.POSITIVE_INFINITY

  write(side: Side, bytes: Uint8Array): boolean {
    this.sent[side].push(bytes)
    return this.waiting(side) < this.highWaterBytes
  }

  waiting(side: Side): number {
    return this.sent[side].reduce((sum, chunk) => sum + chunk.length, 0)
  }

  /** The next bytes of a side, at most `most`; undefined when there are none or the carrier broke. */
  read(side: Side, most: number): Uint8Array | undefined {
    const chunk = this.sent[side][0]
    if (chunk === undefined || this.budget <= 0) return undefined
    const bytes = chunk.slice(0, Math.min(most, this.budget, chunk.length))
    this.budget -= bytes.length
    if (bytes.length === chunk.length) this.sent[side].shift()
    else this.sent[side][0] = chunk.subarray(bytes.length)
    return bytes
  }
}

/** One end of a {@link SessionPair}. */
export class SessionEnd implements SessionSink {
  readonly session: Session
  carrier: TestCarrier | undefined
  /** Numbers of the messages that arrived, in order. */
  readonly got: number[] = []
  readonly tickets: SessionTicket[] = []
  readonly chains: Uint8Array[] = []
  confirmedCount = 0
  faults: string[] = []
  ended: { code: ErrorCode; reason: string; remote: boolean } | undefined
  attachIdsChanged = 0
  rooms = 0
  /** Number of the next message. */
  next = 0
  chainIsGood = true
  /** Everything ever written to carriers. */
  readonly written: Uint8Array[] = []

  constructor(
    readonly pair: SessionPair,
    readonly side: Side,
    secrets: SessionSecrets,
    config: Partial<SessionConfig>,
  ) {
    const { kernels, kem, random, pool } = pair
    this.session = new Session({
      side,
      index: side === 'initiator' ? 11 : 22,
      secrets,
      kernels,
      kem,
      random,
      pool,
      sink: this,
      time: pair.time,
      config: { ...SESSION_DEFAULTS, ...config },
    })
  }

  /** Writes a message: length 2 | number 4 | filler. @returns whether there was room */
  send(fillerBytes: number): boolean {
    const { records } = this.session
    const bytes = 6 + fillerBytes
    if (records.reserve(bytes, bytes) < bytes) return false
    writeU16(records.buffer, records.at, bytes)
    writeU32(records.buffer, records.at + 2, this.next++)
    records.buffer.fill(this.next, records.at + 6, records.at + bytes)
    records.commit(bytes)
    return true
  }

  write(buffer: Uint8Array, from: number, to: number): boolean {
    if (this.carrier === undefined) return false
    const bytes = buffer.slice(from, to)
    this.written.push(bytes)
    return this.carrier.write(this.side, bytes)
  }

  wantFlush(): void {
    this.pair.dirty.add(this)
  }

  onFrames(buffer: Uint8Array, from: number, to: number): void {
    while (from < to) {
      this.got.push(readU32(buffer, from + 2))
      from += readU16(buffer, from)
    }
  }

  onRoom(): void {
    this.rooms++
  }

  onConfirmed(): void {
    this.confirmedCount++
  }

  onChain(chain: Uint8Array): boolean {
    this.chains.push(chain)
    return this.chainIsGood
  }

  onTicket(ticket: SessionTicket): void {
    this.tickets.push(ticket)
  }

  onCarrierFault(reason: string): void {
    this.faults.push(reason)
    this.pair.cut()
  }

  onQuiet(): void {
    // Nothing of this test's own could be given up.
  }

  onAttachIds(): void {
    this.attachIdsChanged++
  }

  onEnded(code: ErrorCode, reason: string, remote: boolean): void {
    this.ended = { code, reason, remote }
  }
}

/** Options of {@link SessionPair}. */
export interface SessionPairOptions {
  readonly real?: boolean
  readonly seed?: number
  readonly config?: Partial<SessionConfig>
  /** Config of the responder where it differs. */
  readonly responderConfig?: Partial<SessionConfig>
}

/** Two sessions with one set of secrets, carriers that break on demand, and a virtual clock. */
export class SessionPair {
  readonly random
  readonly kernels: Kernels
  readonly kem: Kem
  readonly pool = new SegmentPool()
  readonly dirty = new Set<SessionEnd>()
  readonly initiator: SessionEnd
  readonly responder: SessionEnd
  ms = 5_000
  /** Largest piece in which a carrier hands over bytes. */
  pieceBytes = Number.POSITIVE_INFINITY

  constructor(options: SessionPairOptions = {}) {
    this.random = seededRandom(options.seed ?? 1)
    this.kernels = options.real === true ? loadKernels() : createFakeKernels()
    this.kem = options.real === true ? noblePublicKeyCrypto(this.random).kem : createFakeKem(this.random)
    const material = this.random.fill(new Uint8Array(64))
    const secrets = () => sessionSecrets(this.kernels.blake3, material.slice())
    this.initiator = new SessionEnd(this, 'initiator', secrets(), options.config ?? {})
    this.responder = new SessionEnd(this, 'responder', secrets(), options.responderConfig ?? options.config ?? {})
    this.connect(new TestCarrier())
  }

  get time() {
    return { monoMs: this.ms, wallMs: this.ms }
  }

  get ends(): SessionEnd[] {
    return [this.initiator, this.responder]
  }

  other(end: SessionEnd): SessionEnd {
    return end === this.initiator ? this.responder : this.initiator
  }

  /** Both begin as after a handshake in which the responder knew the initiator. */
  start(): this {
    this.responder.session.trustInitiator()
    this.initiator.session.introduce(undefined, this.time)
    return this.settle()
  }

  connect(carrier: TestCarrier): void {
    for (const end of this.ends) end.carrier = carrier
  }

  /** The carrier is gone for both, with what it held. */
  cut(): void {
    for (const end of this.ends) {
      end.carrier = undefined
      end.session.carrierLost(this.time)
    }
  }

  /** Flushes and delivers until nothing moves. A carrier whose budget ends is cut. */
  settle(): this {
    for (let moved = true; moved;) {
      moved = false
      for (const end of [...this.dirty]) {
        this.dirty.delete(end)
        end.session.flush(this.time)
        moved = true
      }
      for (const end of this.ends) if (this.deliver(end)) moved = true
    }
    return this
  }

  /** Lets time pass, with every deadline of the sessions in between. */
  advance(byMs: number): this {
    const end = this.ms + byMs
    for (;;) {
      const dues = this.ends.map(one => one.session.nextDeadline() ?? Number.POSITIVE_INFINITY)
      const due = Math.max(this.ms, Math.min(...dues))
      if (due > end) break
      this.ms = due
      for (const one of this.ends) one.session.tick(this.time)
      this.settle()
      if (due === end) break
    }
    this.ms = end
    return this
  }

  /**
   * A change of carrier, as the engine does it. The exchange and the records behind it may use `budget` bytes.
   * `midway` runs after the responder answered and before the initiator's confirmation.
   * @returns whether it came to its end
   */
  attach(budget = Number.POSITIVE_INFINITY, midway: () => void = () => undefined): boolean {
    const carrier = new TestCarrier()
    carrier.budget = budget
    const { initiator, responder } = this
    carrier.write('initiator', initiator.session.beginAttach(this.time))
    const request = this.packet(carrier, 'initiator')
    const ok = request && responder.session.answerAttach(request, this.time)
    if (ok === undefined) return this.lost()
    carrier.write('responder', ok)
    const answer = this.packet(carrier, 'responder')
    midway()
    const done = answer && initiator.session.finishAttach(answer, this.time)
    if (done === undefined) return this.lost()
    initiator.carrier = carrier
    responder.carrier = undefined
    responder.session.carrierLost(this.time)
    carrier.write('initiator', done)
    const confirmation = this.packet(carrier, 'initiator')
    if (confirmation === undefined || !responder.session.confirmAttach(confirmation, this.time)) return this.lost()
    responder.carrier = carrier
    this.settle()
    return initiator.carrier === carrier
  }

  private lost(): boolean {
    this.cut()
    return false
  }

  private packet(carrier: TestCarrier, from: Side): Uint8Array | undefined {
    const reader = new PacketReader(0)
    let packet: Uint8Array | undefined
    for (let chunk = carrier.read(from, 7); chunk !== undefined; chunk = carrier.read(from, 7)) {
      reader.read(chunk, 0, chunk.length, whole => {
        packet = whole
        return false
      })
      if (packet !== undefined) return packet
    }
    return undefined
  }

  private deliver(end: SessionEnd): boolean {
    const { carrier } = end
    if (carrier === undefined || this.other(end).carrier !== carrier) return false
    const bytes = carrier.read(end.side, this.pieceBytes)
    if (bytes === undefined) {
      if (carrier.budget > 0 || carrier.sent[end.side].length === 0) return false
      this.cut()
      return true
    }
    this.other(end).session.receive(bytes, 0, bytes.length, this.time)
    if (carrier.waiting(end.side) < carrier.highWaterBytes) end.session.drained(this.time)
    return true
  }
}
