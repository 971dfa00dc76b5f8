import type { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { Clock } from '../../ports/clock.js'
import type { Random } from '../../ports/random.js'

const FIRST_DELAY_MS = 250
const MAX_DELAY_MS = 60_000

/** What {@link Bootstrap} works with. */
export interface BootstrapOptions {
  readonly clock: Clock
  readonly random: Random
  /** Connects to an address. */
  readonly connect: (address: string) => Promise<PeerId>
  /** From then on the engine itself returns to the peer whenever it is lost. */
  readonly keep: (peer: PeerId) => void
  readonly onError: (error: HyphaeError, address: string) => void
}

/** Dials the addresses a node starts from, each again and again until somebody answers there. */
export class Bootstrap {
  private readonly cancels = new Set<() => void>()
  private stopped = false

  constructor(private readonly options: BootstrapOptions) {}

  /** Begins to dial. */
  start(addresses: readonly string[]): void {
    for (const address of addresses) void this.attempt(address, FIRST_DELAY_MS)
  }

  /** No more attempts. */
  stop(): void {
    this.stopped = true
    for (const cancel of this.cancels) cancel()
  }

  private async attempt(address: string, delayMs: number): Promise<void> {
    try {
      this.options.keep(await this.options.connect(address))
    } catch (error) {
      if (this.stopped) return
      this.options.onError(error as HyphaeError, address)
      this.again(address, delayMs)
    }
  }

  private again(address: string, delayMs: number): void {
    const { clock, random } = this.options
    // Nodes that lost the same bootstrap at the same moment must not come back at the same moment.
    const jitter = 0.5 + random.fill(new Uint8Array(1))[0] / 510
    const cancel = clock.wakeAt(clock.now().monoMs + delayMs * jitter, () => {
      this.cancels.delete(cancel)
      void this.attempt(address, Math.min(MAX_DELAY_MS, delayMs * 2))
    })
    this.cancels.add(cancel)
  }
}
