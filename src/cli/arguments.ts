import { parseArgs } from 'node:util'
import { HyphaeError } from '../core/errors.js'
import { closest } from '../node/api/validate.js'

/** An option of a verb. */
export interface Flag {
  /** Placeholder of its value; without one it is a switch. */
  readonly value?: string
  /** One line for the help. */
  readonly text: string
  /** Least and most of a number. */
  readonly range?: readonly [least: number, most: number]
}

/** What a verb takes. */
export interface Syntax {
  /** As typed, such as `config check`. */
  readonly name: string
  /** One line for the help. */
  readonly summary: string
  /** Names of what stands without a flag; those in brackets may be left out. */
  readonly positionals: readonly string[]
  readonly flags: Readonly<Record<string, Flag>>
}

/** What was typed, read by a {@link Syntax}. */
export class Arguments {
  constructor(
    private readonly syntax: Syntax,
    private readonly values: Readonly<Record<string, string | boolean | undefined>>,
    private readonly rest: readonly string[],
  ) {}

  /** What stands at a place without a flag; undefined where it was left out. */
  positional(index: number): string | undefined {
    return this.rest[index]
  }

  /** What stands at a place that {@link parse} has made sure of. */
  required(index: number): string {
    return this.rest[index]
  }

  /** Whether a switch was given. */
  has(flag: string): boolean {
    return this.values[flag] === true
  }

  /** The value of a flag. */
  text(flag: string): string | undefined {
    const value = this.values[flag]
    return typeof value === 'string' ? value : undefined
  }

  /**
   * The whole number of a flag, within the range of its syntax.
   * @throws HyphaeError INVALID_ARGUMENT
   */
  number(flag: string, otherwise: number): number {
    const text = this.text(flag)
    if (text === undefined) return otherwise
    const [least, most] = this.syntax.flags[flag]?.range ?? [0, Number.MAX_SAFE_INTEGER]
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN
    if (value >= least && value <= most) return value
    throw new HyphaeError(
      'INVALID_ARGUMENT',
      `--${flag} is ${JSON.stringify(text)}: a whole number from ${least} to ${most} is needed`,
      {
        remedy: `write --${flag} with a number from ${least} to ${most}`,
      },
    )
  }
}

/**
 * Reads what was typed after a verb.
 *
 * @throws HyphaeError INVALID_ARGUMENT for an unknown flag (with the nearest one), a missing value, too few or too many
 */
export function parse(syntax: Syntax, typed: readonly string[]): Arguments {
  const options = Object.fromEntries(
    Object.entries(syntax.flags).map(([name, flag]) => [
      name,
      { type: flag.value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  checkFlags(syntax, typed)
  const { values, positionals } = during(syntax, () =>
    parseArgs({ args: [...typed], options, allowPositionals: true, strict: true }),
  )
  checkCount(syntax, positionals)
  return new Arguments(syntax, values, positionals)
}

function checkFlags(syntax: Syntax, typed: readonly string[]): void {
  const end = typed.indexOf('--')
  for (const word of end < 0 ? typed : typed.slice(0, end)) {
    const name = /^--([^=]+)/.exec(word)?.[1]
    if (name === undefined || Object.hasOwn(syntax.flags, name)) continue
    const nearest = closest(name, Object.keys(syntax.flags))
    throw wrong(syntax, `there is no option --${name}${nearest === undefined ? '' : `; did you mean --${nearest}?`}`)
  }
}

function checkCount(syntax: Syntax, positionals: readonly string[]): void {
  const missing = syntax.positionals[positionals.length]
  if (missing !== undefined && !missing.startsWith('[')) throw wrong(syntax, `${missing} is missing`)
  if (positionals.length <= syntax.positionals.length) return
  throw wrong(syntax, `nothing is known to do with ${JSON.stringify(positionals[syntax.positionals.length])}`)
}

function during<T>(syntax: Syntax, work: () => T): T {
  try {
    return work()
  } catch (error) {
    // Only the first sentence of the runtime's own text is about what was typed.
    throw wrong(syntax, (error as Error).message.split('. ')[0])
  }
}

function wrong(syntax: Syntax, message: string): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', message, { remedy: `see hyphae ${syntax.name} --help` })
}
