import type { PeerId } from '../../core/ids.js'
import type { HyphaeError } from '../../core/errors.js'
import type { Priority, Qos } from '../../protocols/delivery/sink.js'

/** What a handler is told beside the body. */
export class MessageContext {
  private controller: AbortController | undefined
  private reason: HyphaeError | undefined

  constructor(
    /** Whether an answer is awaited. */
    readonly kind: 'message' | 'request',
    /** Who sent it; authenticated. */
    readonly peer: PeerId,
    /** Its name. */
    readonly name: string,
    /** Number of this message or request, unique among those of the peer while it is at work. */
    readonly id: number,
    /** Its priority. */
    readonly priority: Priority,
    /** How it was delivered; undefined for a request. */
    readonly qos: Qos | undefined,
  ) {}

  /** Fires when the peer no longer waits for the answer: it gave up, its time ran out, or the node closes. */
  get signal(): AbortSignal {
    // A controller costs more than the whole rest of a message, and few handlers look.
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.reason !== undefined) this.controller.abort(this.reason)
    }
    return this.controller.signal
  }

  /** Fires the signal. For the node only. @internal */
  abort(reason: HyphaeError): void {
    this.reason = reason
    this.controller?.abort(reason)
  }
}
