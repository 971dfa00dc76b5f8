import type { PeerId } from '../../core/ids.js'
import type { World } from '../world.js'

/** What a simulated node stores. A save takes its time, and a crash before its end loses it. */
export class SimDisk {
  /** Saves that a crash lost. */
  lostSaves = 0
  private saved = new Map<PeerId, Uint8Array>()
  private boot = 0
  private pending = 0

  constructor(
    private readonly world: World,
    /** Time a save takes, ms. */
    public saveMs: number,
  ) {}

  /** Saves; `done` is called when it is durable, never when a crash comes first. */
  save(peer: PeerId, state: Uint8Array, done: () => void): void {
    const { boot } = this
    const copy = state.slice()
    this.pending++
    this.world.at(this.world.nowMs + this.saveMs, () => {
      if (boot !== this.boot) return
      this.pending--
      this.saved.set(peer, copy)
      done()
    })
  }

  /** What a starting node finds. */
  inboxes(): Map<PeerId, Uint8Array> {
    return new Map(this.saved)
  }

  /** What is on its way to the disk is lost. */
  crash(): void {
    this.boot++
    this.lostSaves += this.pending
    this.pending = 0
  }

  /** Everything is gone. */
  wipe(): void {
    this.saved = new Map()
  }
}
