import { wipe } from '../../core/bytes.js'
import { RecordOpener, RecordSealer } from '../../crypto/session/cipher.js'
import type { Side } from '../../crypto/session/keys.js'
import { RECORD_TYPE } from '../../wire/records.js'
import type { AttachResponder } from './attach.js'
import type { SessionConfig } from './config.js'
import type { SessionOptions } from './options.js'
import { KemRatchet } from './ratchet.js'
import type { RecordWriter } from './writer.js'

/** The keys of both directions and their renewal by the KEM ratchet. */
export class Epochs {
  readonly sealer: RecordSealer
  private readonly opener: RecordOpener
  private readonly ratchet: KemRatchet

  constructor(
    private readonly parts: SessionOptions,
    config: SessionConfig,
    private readonly attach: AttachResponder,
  ) {
    const { kernels, secrets, side } = parts
    const other: Side = side === 'initiator' ? 'responder' : 'initiator'
    this.sealer = new RecordSealer(kernels, secrets.root, side, config.rekey)
    this.opener = new RecordOpener(kernels, secrets.root, other)
    this.ratchet = new KemRatchet(parts, config.ratchetMs, config.minRatchetMs)
    wipe(secrets.root)
  }

  /** Counter of the next record expected. */
  get nextRx(): number {
    return this.opener.counter
  }

  /** When a ratchet is to begin, monoMs; undefined at a responder. */
  get dueMs(): number | undefined {
    return this.parts.side === 'initiator' ? this.ratchet.dueMs : undefined
  }

  /** Opens a record in place; see {@link RecordOpener.open}. */
  open(buffer: Uint8Array, from: number, to: number): boolean {
    const awaited = this.opener.awaitsEpoch
    if (!this.opener.open(buffer, from, to)) return false
    if (awaited && !this.opener.awaitsEpoch) this.attach.dropPrevious()
    return true
  }

  /** Initiator: offers a fresh key. */
  begin(writer: RecordWriter, monoMs: number): void {
    const publicKey = this.ratchet.begin(monoMs)
    if (publicKey !== undefined) writer.control(RECORD_TYPE.ratchet, publicKey)
  }

  /** Responder: takes the initiator's fresh key. @returns false for one that is malformed or out of place */
  answer(publicKey: Uint8Array, writer: RecordWriter, monoMs: number): boolean {
    if (this.parts.side !== 'responder' || this.opener.awaitsEpoch) return false
    const previousAttach = this.parts.secrets.attach.slice()
    const ciphertext = this.ratchet.answer(publicKey, monoMs)
    if (ciphertext === undefined) {
      wipe(previousAttach)
      return false
    }
    // The answer is the last record of the old epoch; whatever follows is sealed under the new root.
    writer.control(RECORD_TYPE.ratchetAck, ciphertext)
    this.enter(monoMs)
    this.attach.keepPrevious(previousAttach)
    return true
  }

  /** Initiator: takes the answer. @returns false when it was not awaited or is malformed */
  finish(ciphertext: Uint8Array, writer: RecordWriter, monoMs: number): boolean {
    if (this.parts.side !== 'initiator') return false
    if (!this.ratchet.finish(ciphertext)) return false
    writer.sealOpen()
    this.enter(monoMs)
    // The responder keeps the old attach key until it sees a record of the new epoch.
    writer.control(RECORD_TYPE.keepAlive)
    return true
  }

  /** Wipes everything. */
  free(): void {
    this.sealer.free()
    this.opener.free()
    this.ratchet.free()
  }

  private enter(monoMs: number): void {
    const { secrets } = this.parts
    this.sealer.enterEpoch(secrets.root, monoMs)
    this.opener.expectEpoch(secrets.root)
    wipe(secrets.root)
  }
}
