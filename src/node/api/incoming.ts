import { HyphaeError, type ErrorCode } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { LIMITS } from '../../core/limits.js'
import { utf8Length } from '../../core/text.js'
import type { Priority, Qos } from '../../protocols/delivery/sink.js'
import { hyphaeError } from '../host/failure.js'
import type { Host } from '../host/host.js'
import { BodyEncoder, decodeBody } from './body.js'
import type { Events } from './emitter.js'
import { MessageContext } from './message-context.js'
import type { Running } from './running.js'

/**
 * Takes messages and requests of one name. What it returns, or what its promise resolves to, answers a request; a
 * message is handled when it is done. What it throws is told the peer: as HANDLER_FAILED, or as it is where it is a
 * `HyphaeError`.
 */
export type Handler = (body: unknown, context: MessageContext) => unknown

/** Names under this prefix are the node's own. */
export const RESERVED_PREFIX = 'hyphae/'

/** Messages and requests of peers: finds the handler, runs it, tells the outcome. */
export class Incoming {
  private readonly handlers = new Map<string, Handler>()
  /** Contexts whose signal fires when the peer gives up; by peer and token. */
  private readonly atWork = new Map<PeerId, Map<number, MessageContext>>()
  private readonly bodies = new BodyEncoder()

  constructor(
    private readonly host: Host,
    private readonly events: Events,
    /** Requests that handlers are at work on. */
    private readonly running: Running,
  ) {}

  /**
   * Registers a handler.
   * @returns takes it away again
   * @throws HyphaeError INVALID_ARGUMENT for a bad name, a taken one, or no function
   */
  handle(name: string, handler: Handler): () => void {
    checkName(name)
    if (typeof handler !== 'function') throw new HyphaeError('INVALID_ARGUMENT', 'the handler is not a function')
    if (this.handlers.has(name)) {
      throw new HyphaeError('INVALID_ARGUMENT', `${name} has a handler already`, {
        remedy: 'call what handle() returned to take the other one away first',
        details: { name },
      })
    }
    this.handlers.set(name, handler)
    return () => {
      if (this.handlers.get(name) === handler) this.handlers.delete(name)
    }
  }

  onMessage(peer: PeerId, token: number, name: string, body: Uint8Array, priority: Priority, qos: Qos): void {
    const decoded = decodeBody(body)
    if (decoded instanceof HyphaeError) return this.notHandled(peer, token, decoded)
    const handler = this.handlers.get(name)
    const heard = this.events.wants('message')
    if (heard) this.events.emit({ type: 'message', peer, name, body: decoded.value, qos, priority })
    if (handler === undefined) {
      if (heard) this.handled(peer, token)
      else this.notHandled(peer, token, noHandler(name))
      return
    }
    this.run(handler, decoded.value, new MessageContext('message', peer, name, token, priority, qos), 0)
  }

  onRequest(peer: PeerId, token: number, name: string, body: Uint8Array): void {
    const handler = this.handlers.get(name)
    if (handler === undefined) return this.refuse(peer, token, noHandler(name))
    if (!this.running.hasRoom(peer, body.length)) return this.refuse(peer, token, tooMany())
    const decoded = decodeBody(body)
    if (decoded instanceof HyphaeError) return this.refuse(peer, token, decoded)
    const context = new MessageContext('request', peer, name, token, 1, undefined)
    this.begin(peer, token, context)
    this.run(handler, decoded.value, context, body.length)
  }

  onCancelled(peer: PeerId, token: number): void {
    const context = this.atWork.get(peer)?.get(token)
    if (!this.end(peer, token)) return
    context?.abort(new HyphaeError('ABORTED', 'the peer waits for the answer no longer'))
  }

  /** The node is closed: handlers at work are told. */
  close(): void {
    const error = new HyphaeError('CLOSED', 'the node was closed')
    for (const contexts of this.atWork.values()) for (const context of contexts.values()) context.abort(error)
    this.atWork.clear()
  }

  private run(handler: Handler, body: unknown, context: MessageContext, bodyBytes: number): void {
    let result: unknown
    try {
      result = handler(body, context)
    } catch (error) {
      return this.threw(context, error)
    }
    if (!isThenable(result)) return this.returned(context, result)
    const { kind, peer } = context
    const isRequest = kind === 'request'
    if (isRequest) this.running.begin(peer, bodyBytes)
    result.then(
      value => {
        if (isRequest) this.running.end(peer, bodyBytes)
        this.returned(context, value)
      },
      (error: unknown) => {
        if (isRequest) this.running.end(peer, bodyBytes)
        this.threw(context, error)
      },
    )
  }

  private returned({ kind, peer, id }: MessageContext, value: unknown): void {
    if (kind === 'message') this.handled(peer, id)
    else if (this.end(peer, id)) this.respond(peer, id, value)
  }

  private threw(context: MessageContext, error: unknown): void {
    const { kind, peer, id } = context
    this.failed(context, error)
    if (kind === 'message') this.notHandled(peer, id, error)
    else if (this.end(peer, id)) this.refuse(peer, id, error)
  }

  private handled(peer: PeerId, token: number): void {
    const { host } = this
    const time = host.begin(true)
    try {
      host.engine.handled(peer, token, time)
    } finally {
      host.leave()
    }
  }

  private respond(peer: PeerId, token: number, value: unknown): void {
    try {
      const body = this.bodies.encode(value)
      this.host.use((engine, time) => engine.respond(peer, token, body, time))
    } catch (error) {
      this.failed({ name: 'the answer', peer }, error)
      this.refuse(peer, token, error)
    }
  }

  private notHandled(peer: PeerId, token: number, error: unknown): void {
    const { code, text } = told(error)
    this.host.use((engine, time) => engine.notHandled(peer, token, code, text, time))
  }

  private refuse(peer: PeerId, token: number, error: unknown): void {
    const { code, text } = told(error)
    this.host.use((engine, time) => engine.refuse(peer, token, code, text, time))
  }

  private failed(where: { readonly name: string; readonly peer: PeerId }, error: unknown): void {
    const told = hyphaeError(error, 'HANDLER_FAILED', `the handler of ${where.name} failed`)
    this.events.error('handler', told, where.peer)
  }

  private begin(peer: PeerId, token: number, context: MessageContext): void {
    let contexts = this.atWork.get(peer)
    if (contexts === undefined) this.atWork.set(peer, (contexts = new Map<number, MessageContext>()))
    contexts.set(token, context)
  }

  /** False where the peer gave up before: there is nobody to tell. */
  private end(peer: PeerId, token: number): boolean {
    const contexts = this.atWork.get(peer)
    if (contexts === undefined || !contexts.delete(token)) return false
    if (contexts.size === 0) this.atWork.delete(peer)
    return true
  }
}

/**
 * Checks the name of a message, request or stream handler.
 * @throws HyphaeError INVALID_ARGUMENT
 */
export function checkName(name: string): void {
  const bytes = typeof name === 'string' ? utf8Length(name) : 0
  if (bytes < 1 || bytes > LIMITS.maxNameBytes) {
    throw new HyphaeError('INVALID_ARGUMENT', `a name has 1 to ${LIMITS.maxNameBytes} bytes of UTF-8`)
  }
  if (!name.startsWith(RESERVED_PREFIX)) return
  throw new HyphaeError('INVALID_ARGUMENT', `names that begin with ${RESERVED_PREFIX} are the node's own`)
}

function noHandler(name: string): HyphaeError {
  return new HyphaeError('NO_HANDLER', `nobody handles ${name} here`)
}

function tooMany(): HyphaeError {
  return new HyphaeError('RATE_LIMITED', 'handlers of too many requests, given up ones among them, are at work', {
    retryable: true,
  })
}

/** What a peer hears of an error: nothing of it but for our own errors, since others may hold secrets. */
function told(error: unknown): { code: ErrorCode; text: string } {
  if (error instanceof HyphaeError) return { code: error.code, text: error.message }
  return { code: 'HANDLER_FAILED', text: 'the handler failed' }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
