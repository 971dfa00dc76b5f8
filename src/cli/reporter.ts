import { isHyphaeError } from '../core/errors.js'
import { exitCodeOf } from './exit-codes.js'
import type { Io } from './io.js'

/** What happened, for programs: a name and plain facts. */
export type Report = { readonly event: string } & Readonly<Record<string, unknown>>

/** Says things to whoever reads: lines for people, or one JSON object a line for programs. */
export class Reporter {
  constructor(
    readonly io: Io,
    /** Whether stdout is for a program. */
    readonly json: boolean,
  ) {}

  /**
   * Tells something that happened.
   * @param text - what people read; empty where it is for programs only
   */
  say(text: string, report: Report): void {
    if (this.json) this.io.out.write(`${JSON.stringify(report, plain)}\n`)
    else if (text !== '') this.io.out.write(`${text}\n`)
  }

  /** Tells people something that is no result, such as progress; programs hear nothing. */
  note(text: string): void {
    if (!this.json) this.io.err.write(`${text}\n`)
  }

  /** Tells why it did not work. @returns the number to end with */
  fail(error: unknown): number {
    const exitCode = exitCodeOf(error)
    const facts = factsOf(error)
    if (this.json) this.io.out.write(`${JSON.stringify({ event: 'error', ...facts, exitCode }, plain)}\n`)
    else this.io.err.write(`hyphae: ${facts.code}: ${facts.message}\n  remedy: ${facts.remedy}\n`)
    return exitCode
  }
}

/** Code, message and remedy of whatever was thrown. */
export function factsOf(error: unknown): { code: string; message: string; remedy: string } {
  if (isHyphaeError(error)) return { code: error.code, message: error.message, remedy: error.remedy }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'INTERNAL', message, remedy: 'this is a defect of hyphae: report it with the message' }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}
