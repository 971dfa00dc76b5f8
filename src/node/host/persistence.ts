import { isPeerId, type PeerId } from '../../core/ids.js'
import type { Clock } from '../../ports/clock.js'
import type { Store } from '../../ports/store.js'

/** Keys under which a node keeps things in its store. */
export const STORE_KEYS = { identity: 'identity', highWater: 'high-water', inbox: 'inbox/' } as const

/** How long a change of the high-water marks may wait for others to be saved with it, ms. */
const SAVE_DELAY_MS = 2000

/** What a node keeps over a restart beside its identity: receive states and the high-water marks of peers' certificates. */
export class Persistence {
  private cancel: (() => void) | undefined
  private saving: Promise<void> = Promise.resolve()

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly exportHighWater: () => Uint8Array,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Receive states of peers, as the engine takes them. */
  async inboxes(): Promise<Map<PeerId, Uint8Array>> {
    const states = new Map<PeerId, Uint8Array>()
    for (const key of await this.store.list(STORE_KEYS.inbox)) {
      const peer = key.slice(STORE_KEYS.inbox.length)
      const state = await this.store.get(key)
      if (state !== undefined && isPeerId(peer)) states.set(peer, state)
    }
    return states
  }

  /** The high-water marks, if any were saved. */
  highWater(): Promise<Uint8Array | undefined> {
    return this.store.get(STORE_KEYS.highWater)
  }

  /** Saves a receive state; the outcome is told, never thrown. */
  saveInbox(peer: PeerId, state: Uint8Array, done: (ok: boolean) => void): void {
    // The engine goes on using its buffer, and a store may write later.
    const copy = state.slice()
    void this.store.put(STORE_KEYS.inbox + peer, copy).then(
      () => done(true),
      (error: unknown) => {
        this.onError(error)
        done(false)
      },
    )
  }

  /** The high-water marks changed; they are saved soon, together with other changes. */
  touch(): void {
    this.cancel ??= this.clock.wakeAt(this.clock.now().monoMs + SAVE_DELAY_MS, () => void this.save())
  }

  /** Saves what waits. */
  async flush(): Promise<void> {
    if (this.cancel !== undefined) await this.save()
    await this.saving
  }

  private save(): Promise<void> {
    this.cancel?.()
    this.cancel = undefined
    const save = () => this.store.put(STORE_KEYS.highWater, this.exportHighWater())
    return (this.saving = this.saving.then(save).catch(this.onError))
  }
}
