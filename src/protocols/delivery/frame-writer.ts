import { EMPTY } from '../../core/bytes.js'
import type { DeliveryContext } from './context.js'

/**
 * Writes frames to one lane and keeps what the lane did not take. The frame's first part stands in the shared scratch
 * array; a small body is put behind it, a larger one is written from where it lies.
 */
export class FrameWriter {
  /** Whether the last frame was taken to its last byte. */
  idle = true
  private rest: Uint8Array = EMPTY
  private body: Uint8Array = EMPTY

  constructor(
    private readonly context: DeliveryContext,
    private readonly lane: number,
  ) {}

  /**
   * Writes `scratch[0, headEnd)` and then `body`. Call it only when {@link FrameWriter.idle}.
   *
   * @returns whether all of it was taken; otherwise {@link FrameWriter.resume} goes on
   */
  write(headEnd: number, body: Uint8Array): boolean {
    const { scratch, sink, workspace, copiedBodyBytes } = this.context
    const length = body.length
    if (length > copiedBodyBytes) return this.writeBoth(headEnd, body)
    if (length > 0) scratch.set(body, headEnd)
    const end = headEnd + length
    const taken = sink.write(this.lane, workspace.frame(end), 0, end)
    return taken === end || this.keep(scratch.slice(taken, end), EMPTY)
  }

  /** Writes on where the lane stopped; whether nothing is left. */
  resume(): boolean {
    if (this.idle) return true
    const { sink } = this.context
    const { rest } = this
    if (rest.length > 0) {
      const taken = sink.write(this.lane, rest, 0, rest.length)
      if (taken < rest.length) return this.keep(rest.subarray(taken), this.body)
    }
    const { body } = this
    const taken = body.length === 0 ? 0 : sink.write(this.lane, body, 0, body.length)
    if (taken < body.length) return this.keep(EMPTY, body.subarray(taken))
    this.reset()
    return true
  }

  /** Forgets an unfinished frame: its session is gone. */
  reset(): void {
    this.idle = true
    this.rest = EMPTY
    this.body = EMPTY
  }

  private writeBoth(headEnd: number, body: Uint8Array): boolean {
    const { scratch, sink } = this.context
    let taken = sink.write(this.lane, scratch, 0, headEnd)
    if (taken < headEnd) return this.keep(scratch.slice(taken, headEnd), body)
    taken = sink.write(this.lane, body, 0, body.length)
    return taken === body.length || this.keep(EMPTY, body.subarray(taken))
  }

  private keep(rest: Uint8Array, body: Uint8Array): false {
    this.idle = false
    this.rest = rest
    this.body = body
    return false
  }
}
