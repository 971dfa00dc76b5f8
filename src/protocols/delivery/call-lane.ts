import type { DeliveryContext } from './context.js'
import { FrameWriter } from './frame-writer.js'
import { NameWriter } from './names.js'

/** One frame that waits for a call lane. */
export interface CallFrame {
  /** Nobody wants it any more: it is passed over. */
  readonly dropped: boolean
  /** Bytes of its body before compression. */
  readonly bodyBytes: number
  /** Whether it belongs to its session and is dropped with it. */
  readonly ofSession: boolean
  /** The body to write behind the head; valid after `compose`. */
  readonly wireBody: Uint8Array
  /** Writes the frame's head to `out` and returns where it ends; 0 where there is nothing to write after all. */
  compose(names: NameWriter, out: Uint8Array): number
  /** Its last byte was written. */
  written(): void
}

/** What goes before every waiting frame: hello and acknowledgements. Returns the end of what it wrote to `out`, or 0. */
export interface ControlSource {
  compose(out: Uint8Array): number
}

const SWEEP_AT = 64

/** Writes requests, answers and, on one lane, control frames: first come, first served, never blocked by handlers. */
export class CallLane {
  private readonly writer: FrameWriter
  private readonly names = new NameWriter()
  private queue: CallFrame[] = []
  /** Position of the first waiting frame; those before it were written. */
  private at = 0
  private dropped = 0
  /** Frame whose last bytes the lane did not take yet. */
  private writing: CallFrame | undefined
  private pumping = false

  constructor(
    private readonly context: DeliveryContext,
    lane: number,
    private readonly control: ControlSource | undefined,
  ) {
    this.writer = new FrameWriter(context, lane)
  }

  /** Takes a frame and writes it if it can. */
  push(frame: CallFrame): void {
    this.queue.push(frame)
    this.pump()
  }

  /** A waiting frame became {@link CallFrame.dropped}; its place is given back in time. */
  noteDropped(): void {
    const waiting = this.queue.length - this.at
    if (++this.dropped < SWEEP_AT || this.dropped * 2 < waiting) return
    this.keep(frame => !frame.dropped)
  }

  /** Writes what can be written. */
  pump(): void {
    if (this.pumping) return
    this.pumping = true
    while (this.context.connected && !this.context.broken && this.step());
    this.pumping = false
  }

  /** The session is gone: answers and cancellations with it; a request that was not written to its end waits on. */
  disconnected(): void {
    this.writer.reset()
    this.names.reset()
    const { writing } = this
    this.writing = undefined
    this.keep(frame => !frame.dropped && !frame.ofSession)
    if (writing !== undefined && !writing.ofSession) this.queue.unshift(writing)
  }

  private step(): boolean {
    const { writer, context } = this
    if (!writer.idle) {
      if (!writer.resume()) return false
      this.finish()
      return true
    }
    const end = this.control === undefined ? 0 : this.control.compose(context.scratch)
    if (end > 0) {
      writer.write(end, NO_BODY)
      return writer.idle
    }
    const frame = this.queue[this.at]
    if (frame === undefined) return false
    if (!frame.dropped && context.mustWait(frame.bodyBytes)) return false
    this.advance()
    if (!frame.dropped) this.write(frame)
    return writer.idle
  }

  private write(frame: CallFrame): void {
    const end = frame.compose(this.names, this.context.scratch)
    if (end === 0) return
    this.writing = frame
    if (this.writer.write(end, frame.wireBody)) this.finish()
  }

  private finish(): void {
    const { writing } = this
    if (writing === undefined) return
    this.writing = undefined
    writing.written()
    this.context.written()
  }

  private advance(): void {
    this.at++
    if (this.at < SWEEP_AT && this.at < this.queue.length) return
    if (this.at * 2 < this.queue.length) return
    this.queue.splice(0, this.at)
    this.at = 0
  }

  private keep(wanted: (frame: CallFrame) => boolean): void {
    this.queue = this.queue.slice(this.at).filter(wanted)
    this.at = 0
    this.dropped = 0
  }
}

const NO_BODY = new Uint8Array(0)
