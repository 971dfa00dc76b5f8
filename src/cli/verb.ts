import type { Arguments, Syntax } from './arguments.js'
import type { Reporter } from './reporter.js'

/** Something the command can do. */
export interface Verb {
  readonly syntax: Syntax
  /** Does it. @returns the number to end with; a throw is told and mapped to one */
  run(args: Arguments, reporter: Reporter): Promise<number>
}

/** The flag of every verb whose output a program may read. */
export const JSON_FLAG = { json: { text: 'one JSON object a line on stdout, for programs' } }
