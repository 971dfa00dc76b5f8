import type { Core } from './core.js'

/** Waits for what is under way, before a node closes. */
export class Drainage {
  /** When the patience ends, monoMs; undefined while nothing is awaited. */
  untilMs: number | undefined

  constructor(private readonly core: Core) {}

  /** Begins to wait; the sink may be told during the call. */
  begin(timeoutMs: number): void {
    this.untilMs = this.core.time.monoMs + timeoutMs
    this.check()
    this.core.sink.wantTick()
  }

  /** Tells the sink, once, when all is done or time is up. */
  check(): void {
    if (this.untilMs !== undefined && (this.core.time.monoMs >= this.untilMs || !this.isBusy())) this.end()
  }

  /** Waits no longer. */
  end(): void {
    if (this.untilMs === undefined) return
    this.untilMs = undefined
    this.core.sink.onDrained()
  }

  private isBusy(): boolean {
    for (const peer of this.core.peers.all()) {
      if (peer.connection !== undefined && (peer.busy || peer.connection.streamCount > 0)) return true
    }
    return false
  }
}
