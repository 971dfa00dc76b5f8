import { LIMITS } from '../../core/limits.js'
import type { DeliveryContext } from './context.js'
import type { ControlDesk } from './control.js'
import { Deframer, type FrameHandler } from './deframer.js'
import { COMPRESSED, CONTROL_LANE, FIRST_CALL_LANE, KIND } from './messages.js'
import { NameReader } from './names.js'
import type { Replies } from './replies.js'
import type { Requests } from './requests.js'

/** Reads one call lane. Its bytes are taken at once, so that answers and acknowledgements overtake slow handlers. */
export class CallReceiver implements FrameHandler {
  private readonly deframer: Deframer
  private readonly names = new NameReader()
  private readonly priority: number

  constructor(
    private readonly context: DeliveryContext,
    private readonly lane: number,
    private readonly requests: Requests,
    private readonly replies: Replies,
    private readonly control: ControlDesk,
  ) {
    this.priority = lane - FIRST_CALL_LANE
    this.deframer = new Deframer(this, context.config.maxMessageBytes + LIMITS.maxFrameHeaderBytes)
  }

  /** Bytes of this lane arrived. */
  receive(buffer: Uint8Array, from: number, to: number): void {
    const { session, sink } = this.context
    this.context.readEnd = to
    this.deframer.read(buffer, from, to)
    if (session === this.context.session && !this.context.broken) sink.consume(this.lane, to - from)
  }

  /** The session is gone. */
  disconnected(): void {
    this.deframer.reset()
    this.names.reset()
  }

  /** See {@link FrameHandler}. */
  onFrame(buffer: Uint8Array, from: number, to: number, owned: boolean): boolean {
    const { session } = this.context
    return this.dispatch(buffer, from, to, owned) && session === this.context.session && !this.context.broken
  }

  /** See {@link FrameHandler}. */
  onBroken(reason: string): void {
    this.context.violation(reason)
  }

  private dispatch(buffer: Uint8Array, from: number, to: number, owned: boolean): boolean {
    const { requests, replies, priority } = this
    const kind = buffer[from]
    const compressed = (kind & COMPRESSED) !== 0
    switch (kind) {
      case KIND.request:
      case KIND.request | COMPRESSED:
        return replies.onRequest(priority, this.names, buffer, from + 1, to, owned, compressed)
      case KIND.response:
      case KIND.response | COMPRESSED:
      case KIND.failure:
        return requests.onAnswer(kind, buffer, from + 1, to, owned)
      case KIND.cancel:
        return replies.onCancel(buffer, from + 1, to)
      case KIND.hello:
      case KIND.ack:
      case KIND.nack:
      case KIND.nackSeen:
        if (this.lane === CONTROL_LANE) return this.control.onFrame(buffer, from, to)
    }
    return this.context.violation(`kind ${kind} on a call lane`)
  }
}
