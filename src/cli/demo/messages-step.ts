import { setTimeout as sleep } from 'node:timers/promises'
import { HyphaeError } from '../../core/errors.js'
import type { Output } from '../io.js'
import { Samples } from '../samples.js'
import type { Mesh } from './mesh.js'
import type { Member } from './member.js'

/** Messages under way at once; the rest waits for its turn. */
const WINDOW = 2048
/** Share of the messages after which the receiver is killed. */
const KILL_AFTER = 0.4
/** How long it stays dead, ms. */
const DEAD_MS = 300
/** Longest time the whole may take beside a millisecond a message, ms. */
const PATIENCE_MS = 60_000
const NAME = 'demo/order'

/** What the ordered messages came to; every number counted where it happened. */
export interface MessagesResult {
  readonly messages: number
  readonly qos: 2
  readonly from: number
  readonly to: number
  readonly killed: number
  /** Messages the receiver had handled when it was killed, and of those the ones it durably knew of. */
  readonly handledAtKill: number
  readonly durableAtKill: number
  readonly acknowledged: number
  readonly handledOnce: number
  readonly outOfOrder: number
  /** Runs of the handler whose effect died with the node before it was written, so that they were run again. */
  readonly undoneByKill: number
  /** Messages the sender sent more than once. */
  readonly resent: number
  /** From the kill to the first message handled after it, ms. */
  readonly outageMs: number
  readonly tookMs: number
  readonly messagesPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Sends numbered messages of qos 2 from the first node to the last one, kills the receiver abruptly in the middle, brings
 * it back with its identity and its store, and counts at the receiver.
 *
 * @throws HyphaeError where a message is lost, doubled, out of order or not acknowledged in time
 */
export async function orderedMessages(mesh: Mesh, messages: number, out?: Output): Promise<MessagesResult> {
  const { first, last } = mesh
  const counting = new Counting(last, Math.floor(messages * KILL_AFTER))
  counting.listen()
  const resentBefore = resentTo(first, last)
  const startedMs = performance.now()
  const sending = new Sending(first, last, messages)
  const restarted = counting.reached.then(async () => {
    out?.write(`  node ${last.number} is killed after ${counting.runs} messages …\n`)
    await last.kill()
    await sleep(DEAD_MS)
    await last.start()
    counting.listen()
    out?.write(`  … and is back; durably it knew of ${last.ledger.next}\n`)
  })
  await Promise.all([sending.run(PATIENCE_MS + messages), restarted])
  const tookMs = performance.now() - startedMs
  const { ledger } = last
  const result: MessagesResult = {
    messages,
    qos: 2,
    from: first.number,
    to: last.number,
    killed: last.number,
    handledAtKill: counting.handledAtKill,
    durableAtKill: counting.durableAtReturn,
    acknowledged: sending.acknowledged,
    handledOnce: ledger.next,
    outOfOrder: counting.outOfOrder,
    undoneByKill: counting.handledAtKill - counting.durableAtReturn,
    resent: resentTo(first, last) - resentBefore,
    outageMs: counting.firstAfterMs - counting.killedMs,
    tookMs,
    messagesPerSecond: messages / (tookMs / 1000),
    p50Ms: sending.latencies.percentile(0.5) ?? NaN,
    p99Ms: sending.latencies.percentile(0.99) ?? NaN,
  }
  check(result, counting.runs)
  return result
}

function check(result: MessagesResult, runs: number): void {
  const { messages, acknowledged, handledOnce, outOfOrder, undoneByKill } = result
  const isExact = handledOnce === messages && acknowledged === messages && outOfOrder === 0
  // Each run either counts in the ledger or was undone by the kill: there is no third kind.
  if (isExact && runs - undoneByKill === messages) return
  throw new HyphaeError('INTERNAL', 'messages were not handled exactly once and in order', {
    details: { ...result, runs },
  })
}

/** The handler at the receiver: its effect is the count in the ledger. */
class Counting {
  runs = 0
  outOfOrder = 0
  handledAtKill = 0
  durableAtReturn = 0
  killedMs = 0
  firstAfterMs = 0
  readonly reached: Promise<void>
  private reach!: () => void

  constructor(
    private readonly member: Member,
    private readonly killAfter: number,
  ) {
    this.reached = new Promise(resolve => (this.reach = resolve))
  }

  /** Takes the messages of the node as it runs now. */
  listen(): void {
    const { ledger, node } = this.member
    this.durableAtReturn = ledger.next
    let isAlive = true
    node.handle(NAME, body => {
      // A dead process runs nothing: what is left of its batch is lost with it.
      if (!isAlive) return
      if (body !== ledger.next) this.outOfOrder++
      ledger.next++
      this.runs++
      if (this.killedMs > 0 && this.firstAfterMs === 0) this.firstAfterMs = performance.now()
      if (this.killedMs > 0 || this.runs < this.killAfter) return
      isAlive = false
      this.killedMs = performance.now()
      this.handledAtKill = ledger.next
      this.reach()
    })
  }
}

/** The sender: so many messages, each awaited until it is acknowledged. */
class Sending {
  acknowledged = 0
  readonly latencies = new Samples(16_384)
  private underWay = 0
  private failure: unknown
  private wake: (() => void) | undefined

  constructor(
    private readonly from: Member,
    private readonly to: Member,
    private readonly messages: number,
  ) {}

  async run(timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.fail(late(this.acknowledged, this.messages, timeoutMs)), timeoutMs)
    try {
      for (let number = 0; number < this.messages; number++) {
        while (this.underWay >= WINDOW) await this.change()
        this.send(number)
      }
      while (this.underWay > 0) await this.change()
    } finally {
      clearTimeout(timer)
    }
  }

  private send(number: number): void {
    const startedMs = performance.now()
    this.underWay++
    this.from.node.send(this.to.node.id, NAME, number, { qos: 2 }).then(
      () => {
        this.latencies.add(performance.now() - startedMs)
        this.acknowledged++
        this.underWay--
        this.wake?.()
      },
      (error: unknown) => this.fail(error),
    )
  }

  private async change(): Promise<void> {
    if (this.failure === undefined) await new Promise<void>(resolve => (this.wake = resolve))
    if (this.failure !== undefined) throw this.failure as Error
  }

  private fail(error: unknown): void {
    this.failure ??= error
    this.wake?.()
  }
}

function resentTo({ node }: Member, to: Member): number {
  return node.peers().find(peer => peer.id === to.node.id)?.messagesResent ?? 0
}

function late(acknowledged: number, messages: number, timeoutMs: number): HyphaeError {
  return new HyphaeError('TIMEOUT', `${acknowledged} of ${messages} messages acknowledged within ${timeoutMs} ms`)
}
