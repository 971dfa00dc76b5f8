import { HyphaeError } from '../../core/errors.js'
import type { Handler } from './incoming.js'
import type { MessageContext } from './message-context.js'
import { type InputOf, type OutputOf, type Schema, validate } from './schema.js'

/** The schemas of a method: what it takes and what it answers. */
export interface MethodSchemas<In extends Schema, Out extends Schema> {
  readonly in: In
  readonly out: Out
}

/** One method of a service. Without a function it only says what it would take and answer, for clients. */
export interface Method<In extends Schema = Schema, Out extends Schema = Schema> extends MethodSchemas<In, Out> {
  /** Answers a call; undefined in a description for clients. */
  readonly run: ((input: never, context: MessageContext) => unknown) | undefined
}

/** Methods by name. */
export type Methods = Readonly<Record<string, Method>>

/** A service: a name, a version and methods. */
export interface Service<M extends Methods = Methods> {
  readonly name: string
  /** Services of different versions do not meet. */
  readonly version: number
  readonly methods: M
}

/**
 * A method with its schemas. Transformations of a schema happen where the value arrives: of `in` at the server, of `out`
 * at the client; the other side only checks.
 *
 * @param run - answers; leave it out in a description for clients
 */
export function method<In extends Schema, Out extends Schema>(
  schemas: MethodSchemas<In, Out>,
  run?: (input: OutputOf<In>, context: MessageContext) => InputOf<Out> | Promise<InputOf<Out>>,
): Method<In, Out> {
  return { in: schemas.in, out: schemas.out, run }
}

/**
 * Puts methods together under a name.
 *
 * @throws HyphaeError INVALID_ARGUMENT for a bad name or version
 * @example
 * ```ts
 * const shop = service({
 *   name: 'shop',
 *   methods: { stock: method({ in: v.string(), out: v.number() }, article => stock.get(article) ?? 0) },
 * })
 * node.serve(shop)
 * const left = await client(other, shop, { peer: node.id }).stock('apple')
 * ```
 */
export function service<M extends Methods>(options: {
  readonly name: string
  /** Default 1. */
  readonly version?: number
  readonly methods: M
}): Service<M> {
  const { name, version = 1, methods } = options
  if (!/^[A-Za-z][\w.-]{0,63}$/.test(name)) {
    throw new HyphaeError('INVALID_ARGUMENT', `not a name of a service: ${JSON.stringify(name)}`, {
      remedy: 'a letter, then up to 63 letters, digits, _ . or -',
    })
  }
  if (!Number.isInteger(version) || version < 0 || version > 65_535) {
    throw new HyphaeError('INVALID_ARGUMENT', `version is ${String(version)}: an integer from 0 to 65535 is needed`)
  }
  const bad = Object.keys(methods).find(key => !/^[A-Za-z]\w{0,63}$/.test(key) || key === 'then')
  if (bad !== undefined) throw new HyphaeError('INVALID_ARGUMENT', `not a name of a method: ${JSON.stringify(bad)}`)
  return { name, version, methods }
}

/** The name under which a method is asked for. */
export function wireName({ name, version }: Service, methodName: string): string {
  return `${name}@${version}/${methodName}`
}

/** Registers the methods of a service one by one; all or none. */
export function serve(served: Service, handle: (name: string, handler: Handler) => () => void): () => void {
  const undo: (() => void)[] = []
  const undoAll = (): void => undo.forEach(step => step())
  try {
    for (const [key, described] of Object.entries(served.methods)) {
      undo.push(handle(wireName(served, key), handlerOf(served, key, described)))
    }
  } catch (error) {
    undoAll()
    throw error
  }
  return undoAll
}

function handlerOf(served: Service, key: string, described: Method): Handler {
  const run = described.run as ((input: unknown, context: MessageContext) => unknown) | undefined
  const what = `${served.name}.${key}`
  if (run === undefined) throw new HyphaeError('INVALID_ARGUMENT', `${what} has no function to serve it with`)
  return async (body, context) => {
    const input: unknown = await validate(described.in, body, `${what}, input`)
    const output: unknown = await run(input, context)
    await validate(described.out, output, `${what}, output`)
    return output
  }
}
