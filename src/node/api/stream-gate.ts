import type { Host } from '../host/host.js'

/**
 * The way into the engine for one stream: from outside a callback the engine has to be told the time before the stream is
 * used, and to flush afterwards.
 */
export class StreamGate {
  /** Set when both halves are done: there is nothing to enter for any more. */
  ended = false

  constructor(private readonly host: Host) {}

  /**
   * Begins a use; {@link StreamGate.leave} follows whatever happens. For frequent calls, which a closure each would be felt in.
   *
   * @returns false where the stream ended: nothing is to be left then
   * @throws HyphaeError CLOSED
   */
  enter(): boolean {
    if (this.ended) return false
    const { host } = this
    host.engine.enter(host.begin(true))
    return true
  }

  /** Ends what {@link StreamGate.enter} began. */
  leave(): void {
    this.host.leave()
  }

  /** Does something with the stream, nothing where it ended. @throws HyphaeError CLOSED */
  act(work: () => void): void {
    if (!this.enter()) return
    try {
      work()
    } finally {
      this.leave()
    }
  }
}
