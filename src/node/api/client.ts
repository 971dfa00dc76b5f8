import { HyphaeError, isHyphaeError, type ErrorCode } from '../../core/errors.js'
import { Balancer } from './balancer.js'
import type { RequestOptions } from './outgoing.js'
import { type InputOf, type OutputOf, validate } from './schema.js'
import { type Method, type Methods, type Service, wireName } from './service.js'

/** The part of a node that clients use. */
export interface ClientNode {
  /** See `node.request`. */
  request(peer: string, name: string, body?: unknown, options?: RequestOptions): Promise<unknown>
  /** Milliseconds on a steady clock. */
  nowMs(): number
}

/** Options of {@link client}. */
export interface ClientOptions {
  /** The one peer to ask. */
  readonly peer?: string | undefined
  /** Several peers that serve the same; a function is asked at each call. */
  readonly peers?: readonly string[] | (() => readonly string[]) | undefined
  /** Time a call may take over all peers it tries, ms. Default 30,000. */
  readonly timeoutMs?: number | undefined
  /** Time one peer may take before the next one is tried, ms; only for idempotent calls. Default: all there is. */
  readonly attemptTimeoutMs?: number | undefined
  /** Whether running a method twice does no harm. Then a call goes on at another peer also where this one may have run it. Default false. */
  readonly idempotent?: boolean | undefined
}

/** Options of one call of a client. */
export type CallOptions = Omit<RequestOptions, 'compress'>

/** The methods of a service as functions. */
export type Client<M extends Methods> = {
  readonly [K in keyof M]: M[K] extends Method<infer In, infer Out>
    ? (input: InputOf<In>, options?: CallOptions) => Promise<OutputOf<Out>>
    : never
}

/** Failures before the peer can have begun: another one may be asked whatever the method does. */
const NEVER_RAN: ReadonlySet<ErrorCode> = new Set([
  'PEER_UNREACHABLE',
  'DIAL_FAILED',
  'NO_ADDRESS',
  'PEER_DENIED',
  'HANDSHAKE_FAILED',
  'NO_HANDLER',
  'RATE_LIMITED',
  'QUEUE_FULL',
  'LIMIT_EXCEEDED',
])

/** Failures after which it may have run. */
const MAY_HAVE_RUN: ReadonlySet<ErrorCode> = new Set(['TIMEOUT', 'SESSION_LOST'])

const DEFAULT_TIMEOUT_MS = 30_000

/**
 * A typed client of a service. Inputs and answers are held against the schemas. With several peers each call goes to the
 * one with the fewest calls under way, in turn between equals; where that fails and another may be asked, it goes on there
 * within the same deadline.
 *
 * @throws HyphaeError INVALID_ARGUMENT for neither `peer` nor `peers`
 * @example
 * ```ts
 * const shop = client(node, shopService, { peers: () => node.peers().map(peer => peer.id) })
 * await shop.stock('apple', { timeoutMs: 500 })
 * ```
 */
export function client<M extends Methods>(node: ClientNode, served: Service<M>, options: ClientOptions): Client<M> {
  const { peer, peers } = options
  if ((peer === undefined) === (peers === undefined)) {
    throw new HyphaeError('INVALID_ARGUMENT', 'a client needs either peer or peers')
  }
  const list = typeof peers === 'function' ? peers : () => peers ?? [peer as string]
  const caller = new Caller(node, new Balancer(list), options)
  const methods = Object.entries(served.methods).map(([key, described]) => [
    key,
    (input: unknown, call?: CallOptions) => caller.call(served, key, described, input, call),
  ])
  return Object.fromEntries(methods) as Client<M>
}

class Caller {
  constructor(
    private readonly node: ClientNode,
    private readonly balancer: Balancer,
    private readonly options: ClientOptions,
  ) {}

  async call(
    served: Service,
    key: string,
    described: Method,
    input: unknown,
    call: CallOptions = {},
  ): Promise<unknown> {
    const what = `${served.name}.${key}`
    await validate(described.in, input, `${what}, input`)
    const answer = await this.ask(wireName(served, key), input, call)
    return validate(described.out, answer, `${what}, output`)
  }

  private async ask(name: string, input: unknown, call: CallOptions): Promise<unknown> {
    const idempotent = call.idempotent ?? this.options.idempotent ?? false
    const endMs = this.node.nowMs() + (call.timeoutMs ?? this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS)
    const tried = new Set<string>()
    let last: HyphaeError | undefined
    for (;;) {
      const peer = this.balancer.take(tried, this.node.nowMs())
      if (peer === undefined) throw last ?? new HyphaeError('NO_ADDRESS', 'the client has no peer to ask')
      tried.add(peer)
      const leftMs = endMs - this.node.nowMs()
      if (leftMs <= 0) {
        this.balancer.give(peer, undefined)
        throw last ?? new HyphaeError('TIMEOUT', 'no time left', { retryable: true })
      }
      const timeoutMs = idempotent ? Math.min(leftMs, this.options.attemptTimeoutMs ?? leftMs) : leftMs
      try {
        const answer = await this.node.request(peer, name, input, { ...call, idempotent, timeoutMs })
        this.balancer.give(peer, undefined)
        return answer
      } catch (error) {
        const mayGoOn = isElsewhere(error, idempotent)
        this.balancer.give(peer, mayGoOn ? this.node.nowMs() : undefined)
        if (!mayGoOn) throw error
        last = error
      }
    }
  }
}

function isElsewhere(error: unknown, idempotent: boolean): error is HyphaeError {
  if (!isHyphaeError(error)) return false
  return NEVER_RAN.has(error.code) || (idempotent && MAY_HAVE_RUN.has(error.code))
}
