import { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { MessageStatus, Qos } from '../../protocols/delivery/sink.js'
import type { Failure } from '../engine/sink.js'
import { errorOf } from '../host/failure.js'

/** Last status of a message that was not lost: `sent` for qos 0, `acknowledged` for qos 1 and 2. */
export type FinalStatus = 'sent' | 'acknowledged'

const RANK: Readonly<Record<MessageStatus, number>> = { queued: 0, sent: 1, acknowledged: 2, failed: 3 }

interface Waiter {
  readonly status: FinalStatus
  resolve(status: FinalStatus): void
  reject(error: HyphaeError): void
}

/**
 * A one-way message on its way: its status now, a promise for a status, or all of them one after the other. Awaiting it
 * waits for its last status. Nothing is made before it is asked for, and a failure that nobody asked about is silent.
 *
 * @example
 * ```ts
 * const message = node.send(peer, 'orders', order, { qos: 2 })
 * for await (const status of message) console.log(status)   // queued, sent, acknowledged
 * await message                                              // or throws why it failed
 * ```
 */
export class SentMessage implements PromiseLike<FinalStatus>, AsyncIterable<MessageStatus> {
  /** Where the message is. `failed` is final, and so is {@link SentMessage.finalStatus}. */
  status: MessageStatus = 'queued'
  private failure: Failure | HyphaeError | undefined
  private passed = 0
  private waiters: Waiter[] | undefined
  private watchers: (() => void)[] | undefined

  constructor(
    /** Who gets it. */
    readonly peer: PeerId,
    /** Its name. */
    readonly name: string,
    /** How it is delivered. */
    readonly qos: Qos,
  ) {}

  /** Why it failed; undefined unless `status` is `failed`. */
  get error(): HyphaeError | undefined {
    const { failure } = this
    if (failure === undefined || failure instanceof HyphaeError) return failure
    return (this.failure = errorOf(failure))
  }

  /** The status it has when all went well. */
  get finalStatus(): FinalStatus {
    return this.qos === 0 ? 'sent' : 'acknowledged'
  }

  /** Whether nothing follows. */
  get isFinal(): boolean {
    return this.status === 'failed' || this.status === this.finalStatus
  }

  /** Resolves when its last byte was handed to the session; rejects when it failed before. */
  get sent(): Promise<FinalStatus> {
    return this.promise('sent')
  }

  /** Resolves when the peer acknowledged it; never for qos 0, whose last status is `sent`: there it is like {@link SentMessage.sent}. */
  get acknowledged(): Promise<FinalStatus> {
    return this.promise(this.finalStatus)
  }

  /** Waits for the last status, so that a message can be awaited. */
  then<A = FinalStatus, B = never>(
    onDone?: ((status: FinalStatus) => A | PromiseLike<A>) | null,
    onFailed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.promise(this.finalStatus).then(onDone, onFailed)
  }

  /** Every status from the first one on, to the last; a failure is the status `failed`, not a throw. */
  async *[Symbol.asyncIterator](): AsyncGenerator<MessageStatus, void, undefined> {
    let told = -1
    for (;;) {
      const next = this.after(told)
      if (next === undefined) {
        if (this.isFinal) return
        await new Promise<void>(resolve => (this.watchers ??= []).push(resolve))
      } else {
        told = RANK[next]
        yield next
      }
    }
  }

  /** Takes the next status. For the node only. @internal */
  advance(status: MessageStatus, failure: Failure | HyphaeError | undefined): void {
    this.passed |= 1 << RANK[this.status]
    this.status = status
    this.failure = failure
    if (this.waiters !== undefined) this.settle(this.waiters)
    if (this.watchers !== undefined) for (const watch of this.watchers.splice(0)) watch()
  }

  /** The first status it had after the one of a rank. */
  private after(rank: number): MessageStatus | undefined {
    const had = this.passed | (1 << RANK[this.status])
    for (const status of ['queued', 'sent', 'acknowledged', 'failed'] as const) {
      if (RANK[status] > rank && (had & (1 << RANK[status])) !== 0) return status
    }
    return undefined
  }

  private promise(status: FinalStatus): Promise<FinalStatus> {
    const promise = new Promise<FinalStatus>((resolve, reject) => {
      ;(this.waiters ??= []).push({ status, resolve, reject })
      this.settle(this.waiters)
    })
    // Asking for `sent` and looking at another promise must not end the process when both fail.
    promise.catch(() => undefined)
    return promise
  }

  private settle(waiters: Waiter[]): void {
    this.waiters = waiters.filter(waiter => {
      if (this.after(RANK[waiter.status] - 1) === waiter.status) waiter.resolve(waiter.status)
      else if (this.status === 'failed')
        waiter.reject(this.error ?? new HyphaeError('INTERNAL', 'failed without a reason'))
      else return true
      return false
    })
  }
}
