import { wipe } from '../../core/bytes.js'
import type { HyphaeError } from '../../core/errors.js'
import type { Clock } from '../../ports/clock.js'
import type { Decapsulator } from '../../ports/crypto.js'
import type { LocalCredentials } from '../../protocols/handshake/context.js'
import { hyphaeError } from '../host/failure.js'
import type { Identity } from './identity.js'

/** Longest sleep between two looks at the wall clock, ms: a machine may have been suspended, or its clock set. */
const LOOK_MS = 600_000
/** Time until a renewal that failed is tried again, ms. */
const RETRY_MS = 60_000

/** What {@link Renewal} works with. */
export interface RenewalOptions {
  readonly identity: Identity
  /** 32 bytes. */
  readonly networkId: Uint8Array
  readonly lifetimeMs: number
  /** Makes or opens a static key for each certificate; one of the process's own where absent. */
  readonly staticKey?: (() => Decapsulator | Promise<Decapsulator>) | undefined
  readonly clock: Clock
  /** Takes fresh credentials into use. */
  readonly use: (credentials: LocalCredentials) => void
  /** Hears why a renewal failed; it is tried again. */
  readonly onError: (error: HyphaeError) => void
}

/** Issues operating certificates: one at the start, another when two thirds of its life are over. */
export class Renewal {
  private cancel: (() => void) | undefined
  private renewAtWallMs = 0
  private issuedAtWallMs = 0
  private stopped = false

  constructor(private readonly options: RenewalOptions) {}

  /** The first credentials. Renewals begin with {@link Renewal.start}. */
  first(): Promise<LocalCredentials> {
    return this.issue()
  }

  /** Begins to look after the certificate. */
  start(): void {
    this.look(LOOK_MS)
  }

  /** Issues now, whatever the age of the current certificate: after a rotation. */
  async renew(): Promise<void> {
    const credentials = await this.issue()
    if (this.stopped) credentials.decapsulator.free()
    else this.options.use(credentials)
  }

  /** No more renewals. */
  stop(): void {
    this.stopped = true
    this.cancel?.()
  }

  private look(afterMs: number): void {
    if (this.stopped) return
    const { clock } = this.options
    const { monoMs, wallMs } = clock.now()
    const waitMs = Math.max(0, Math.min(afterMs, this.renewAtWallMs - wallMs))
    this.cancel?.()
    this.cancel = clock.wakeAt(monoMs + waitMs, () => void this.check())
  }

  private async check(): Promise<void> {
    const { wallMs } = this.options.clock.now()
    // A clock that was set back would leave us with a certificate of the future.
    if (wallMs < this.renewAtWallMs && wallMs >= this.issuedAtWallMs) return this.look(LOOK_MS)
    try {
      await this.renew()
      this.look(LOOK_MS)
    } catch (error) {
      this.options.onError(hyphaeError(error, 'CERTIFICATE_EXPIRED', 'the operating certificate could not be renewed'))
      this.retry()
    }
  }

  private retry(): void {
    if (this.stopped) return
    const { clock } = this.options
    this.cancel = clock.wakeAt(clock.now().monoMs + RETRY_MS, () => void this.check())
  }

  private async issue(): Promise<LocalCredentials> {
    const { identity, networkId, lifetimeMs, clock, staticKey } = this.options
    const { wallMs } = clock.now()
    const held = staticKey === undefined ? {} : { decapsulator: await staticKey() }
    const issued = await identity.issue({ networkId, wallMs: Math.floor(wallMs), lifetimeMs, ...held })
    // The decapsulator holds the expanded key, and nothing here signs with the hot one.
    wipe(issued.staticSeed, issued.hotSeed)
    this.issuedAtWallMs = wallMs
    this.renewAtWallMs = wallMs + (lifetimeMs * 2) / 3
    const { certificate, chain, decapsulator } = issued
    const { hash, notAfterMs } = certificate
    return { peerId: identity.id, chain, certHash: hash, decapsulator, notAfterMs }
  }
}
