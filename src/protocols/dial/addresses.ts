/** Who told of an address. What the user gave is never pushed out by what peers say. */
export type AddressSource = 'user' | 'peer'

/** One address of a peer and how it went there. */
export class PeerAddress {
  /** Failures since the last connection that lasted. */
  failures = 0
  /** Wall clock of the last connection; undefined: never. */
  lastSuccessWallMs: number | undefined
  /** Order of the last success among all addresses; 0: never. A count, because wall clocks jump. */
  successOrder = 0
  /** Not dialled before then (monoMs). */
  notBeforeMs = 0
  /** An attempt is under way. */
  dialling = false

  constructor(
    readonly address: string,
    public source: AddressSource,
  ) {}
}

/** The addresses of one peer in the order they should be tried. */
export class AddressList {
  private readonly entries: PeerAddress[] = []

  constructor(private readonly maxAddresses: number) {}

  /** Addresses held, in the order they were learnt. */
  get all(): readonly PeerAddress[] {
    return this.entries
  }

  find(address: string): PeerAddress | undefined {
    return this.entries.find(entry => entry.address === address)
  }

  /** Learns an address. False: the list is full of better ones. */
  add(address: string, source: AddressSource): boolean {
    const known = this.find(address)
    if (known !== undefined) {
      if (source === 'user') known.source = 'user'
      return true
    }
    if (this.entries.length >= this.maxAddresses && !this.dropWorst(source)) return false
    this.entries.push(new PeerAddress(address, source))
    return true
  }

  remove(address: string): void {
    const at = this.entries.findIndex(entry => entry.address === address)
    if (at >= 0) this.entries.splice(at, 1)
  }

  /** The best address that may be dialled now: last success first, then untried, then failures whose wait ended first. */
  best(nowMs: number): PeerAddress | undefined {
    let best: PeerAddress | undefined
    for (const entry of this.entries) {
      if (entry.dialling || entry.notBeforeMs > nowMs) continue
      if (best === undefined || compare(entry, best) < 0) best = entry
    }
    return best
  }

  /** When the next address may be dialled (monoMs); undefined where there is none or one is being dialled. */
  notBeforeMs(): number | undefined {
    let earliest: number | undefined
    for (const entry of this.entries) {
      if (entry.dialling) return undefined
      if (earliest === undefined || entry.notBeforeMs < earliest) earliest = entry.notBeforeMs
    }
    return earliest
  }

  /** Makes room by the address least worth having; the user's only for the user's, and one that worked only for the user's. */
  private dropWorst(forSource: AddressSource): boolean {
    let worst: PeerAddress | undefined
    for (const entry of this.entries) {
      if (entry.dialling) continue
      if (forSource === 'peer' && (entry.source === 'user' || entry.successOrder > 0)) continue
      if (worst === undefined || isWorse(entry, worst)) worst = entry
    }
    if (worst === undefined) return false
    this.remove(worst.address)
    return true
  }
}

function rank(entry: PeerAddress): number {
  if (entry.failures > 0) return 2
  return entry.successOrder > 0 ? 0 : 1
}

function compare(a: PeerAddress, b: PeerAddress): number {
  const difference = rank(a) - rank(b)
  if (difference !== 0) return difference
  return rank(a) === 0 ? b.successOrder - a.successOrder : a.notBeforeMs - b.notBeforeMs
}

function isWorse(a: PeerAddress, b: PeerAddress): boolean {
  if (a.source !== b.source) return a.source === 'peer'
  if (a.successOrder !== b.successOrder) return a.successOrder < b.successOrder
  return a.failures > b.failures
}
