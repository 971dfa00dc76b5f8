import { LIMITS } from '../../core/limits.js'
import { RECORD_TYPE } from '../../wire/records.js'
import type { SessionConfig } from './config.js'

/** Decides when what was received is acknowledged: every so many bytes, or after a short delay. */
export class Acknowledger {
  /** When an acknowledgement is due at the latest, monoMs; undefined while there is nothing to acknowledge. */
  dueMs: number | undefined
  private bytes = 0
  private acks = 0

  constructor(private readonly config: SessionConfig) {}

  /**
   * Notes a genuine record. Acknowledgements are answered only in bulk: two idle peers would otherwise acknowledge each
   * other for ever, and where only one of them speaks, the log of the other would grow without end.
   */
  note(type: number, recordBytes: number, monoMs: number): void {
    if (type === RECORD_TYPE.ack && ++this.acks < LIMITS.maxUnackedAcks) return
    this.bytes += recordBytes
    this.dueMs ??= monoMs + this.config.ackDelayMs
  }

  /** Whether so much came that the next flush is to acknowledge. */
  get isDue(): boolean {
    return this.bytes >= this.config.ackBytes
  }

  /** The peer was told. */
  settle(): void {
    this.bytes = 0
    this.acks = 0
    this.dueMs = undefined
  }

  /** The peer is to be told within the usual delay, whatever came. */
  owe(monoMs: number): void {
    this.dueMs ??= monoMs + this.config.ackDelayMs
  }
}
