import type { OnionCells, OnionState } from '../../src/ports/onion-cells.js'
import { CELL, type CellBytes } from '../../src/wire/cells.js'
import { Seeded } from './backends.js'

/** Hops of a circuit. */
export const HOPS = 3

interface Hop {
  forward: OnionState
  backward: OnionState
}

/** What happens to a batch between two nodes: answers what arrives, as many cells or fewer or more. */
export type Link = (cells: Uint8Array[]) => Uint8Array[]

/** A client and three relays, each with ratchets of its own from shared keys, and the links between them. */
export class Circuit {
  private readonly client: Hop[]
  private readonly relays: Hop[]

  /**
   * @param links - what the links do; link 0 is between client and first relay
   */
  constructor(
    private readonly onion: OnionCells,
    seed: number,
    private readonly links: Partial<Record<0 | 1 | 2, Link>> = {},
    private readonly bytes: CellBytes = CELL.bytes,
  ) {
    const random = new Seeded(seed)
    const keys = Array.from({ length: HOPS }, () => [random.bytes(32), random.bytes(32)] as const)
    const hops = (): Hop[] =>
      keys.map(([forward, backward]) => ({ forward: onion.state(forward), backward: onion.state(backward) }))
    this.client = hops()
    this.relays = hops()
  }

  /** Sends cells to the last hop; answers what arrives there and the verdict on each. */
  send(cells: Uint8Array[]): { cells: Uint8Array[]; verdicts: number[] } {
    const layers = this.client.map(hop => hop.forward)
    let moving = this.batch(cells, (all, count) => this.onion.wrap(all, count, layers, this.bytes))
    const verdicts = new Uint8Array(64)
    for (const [i, relay] of this.relays.entries()) {
      moving = this.links[i as 0]?.(moving) ?? moving
      moving = this.peel(moving, relay.forward, verdicts)
    }
    return { cells: moving, verdicts: [...verdicts.subarray(0, moving.length)] }
  }

  /** Sends cells from the last hop to the client; answers what arrives there and how many are good. */
  answer(cells: Uint8Array[]): { cells: Uint8Array[]; good: number } {
    let moving = cells
    for (let i = HOPS - 1; i >= 0; i--) {
      moving = this.peel(moving, this.relays[i].backward)
      moving = this.links[i as 0]?.(moving) ?? moving
    }
    let good = 0
    const layers = this.client.map(hop => hop.backward)
    moving = this.batch(moving, (all, count) => void (good = this.onion.unwrap(all, count, layers, this.bytes)))
    return { cells: moving, good }
  }

  free(): void {
    for (const hop of [...this.client, ...this.relays]) {
      hop.forward.free()
      hop.backward.free()
    }
  }

  private peel(cells: Uint8Array[], state: OnionState, verdicts?: Uint8Array): Uint8Array[] {
    return this.batch(cells, (all, count) => {
      this.onion.peel(all, count, new Array<OnionState>(count).fill(state), verdicts, this.bytes)
    })
  }

  private batch(cells: Uint8Array[], work: (all: Uint8Array, count: number) => void): Uint8Array[] {
    const all = new Uint8Array(cells.length * this.bytes)
    for (const [i, cell] of cells.entries()) all.set(cell, i * this.bytes)
    work(all, cells.length)
    return cells.map((_, i) => all.slice(i * this.bytes, (i + 1) * this.bytes))
  }
}

/** Cells with 16 zeros in front and something behind them. */
export function goodCells(random: Seeded, count: number, bytes: CellBytes = CELL.bytes): Uint8Array[] {
  return Array.from({ length: count }, () => random.bytes(bytes).fill(0, 0, CELL.zeroBytes))
}

/** A copy with one bit changed. */
export function flipped(cell: Uint8Array, at: number, bit: number): Uint8Array {
  const copy = cell.slice()
  copy[at] = copy[at] ^ (1 << bit)
  return copy
}

/** In how many bits two arrays of one length differ. */
export function distance(a: Uint8Array, b: Uint8Array): number {
  let bits = 0
  for (let i = 0; i < a.length; i++) for (let x = a[i] ^ b[i]; x !== 0; x &= x - 1) bits++
  return bits
}
