import type { PeerId } from '../../core/ids.js'
import type { Mux } from '../../protocols/mux/machine.js'

/** Gets what happens on a stream. Called synchronously from the engine. */
export interface StreamEvents {
  /** Bytes arrived; valid during the call. Give credit back with `consume` when they were taken. */
  onData(buffer: Uint8Array, from: number, to: number): void
  /** The peer ended its half. */
  onEnd(): void
  /** The peer gave its half up. */
  onReset(code: number): void
  /** The peer wants no more of ours. */
  onStop(code: number): void
  /** A write that took less than asked has a turn now: write again, in this call. */
  onWritable(): void
  /** Both halves are done, or the session ended (`lost`). Nothing follows. */
  onClosed(lost: boolean): void
}

/** One stream of a session, for the api. It survives a change of carrier, not the end of the session. */
export class EngineStream {
  /** Receiver of what happens; set it before anything can arrive: in the call that handed the stream over. */
  events: StreamEvents | undefined

  constructor(
    private readonly mux: Mux,
    readonly peer: PeerId,
    readonly id: number,
    readonly name: string,
    readonly priority: number,
  ) {}

  /** Bytes taken, 0 to all; when fewer, `onWritable` follows. */
  write(buffer: Uint8Array, from: number, to: number): number {
    return this.mux.write(this.id, buffer, from, to)
  }

  /** Ends our half after what was written. */
  end(): void {
    this.mux.end(this.id)
  }

  /** Gives our half up with a code. */
  reset(code: number): void {
    this.mux.reset(this.id, code)
  }

  /** Asks the peer to send no more. */
  stop(code: number): void {
    this.mux.stop(this.id, code)
  }

  /** Returns credit for bytes that were taken. */
  consume(bytes: number): void {
    this.mux.consume(this.id, bytes)
  }
}
