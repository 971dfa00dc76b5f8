import { HyphaeError, isHyphaeError } from '../core/errors.js'
import { closest } from '../node/api/validate.js'
import { parse } from './arguments.js'
import { EXIT } from './exit-codes.js'
import { helpOf, helpOfAll } from './help.js'
import type { Io } from './io.js'
import { Reporter } from './reporter.js'
import type { Verb } from './verb.js'
import { configCheck } from './verbs/config.js'
import { demo } from './verbs/demo.js'
import { identityNew, identityRotate, identityShow } from './verbs/identity.js'
import { ping } from './verbs/ping.js'
import { receive } from './verbs/receive.js'
import { send } from './verbs/send.js'
import { start } from './verbs/start.js'

const VERBS: readonly Verb[] = [
  demo,
  start,
  configCheck,
  identityNew,
  identityShow,
  identityRotate,
  ping,
  send,
  receive,
]

/**
 * Runs the command.
 *
 * @param typed - what stands after `hyphae`
 * @returns the number to end the process with, see `EXIT`; never rejects
 */
export async function run(typed: readonly string[], io: Io): Promise<number> {
  const reporter = new Reporter(io, typed.includes('--json'))
  try {
    if (typed.length === 0 || typed[0] === 'help' || typed[0]?.startsWith('-')) return general(typed, io)
    const verb = verbOf(typed)
    const rest = typed.slice(verb.syntax.name.split(' ').length)
    if (rest.includes('--help') || rest.includes('-h')) {
      io.out.write(helpOf(verb.syntax))
      return EXIT.ok
    }
    return await verb.run(parse(verb.syntax, rest), reporter)
  } catch (error) {
    if (!isHyphaeError(error) && io.env['HYPHAE_DEBUG'] !== undefined) io.err.write(`${(error as Error).stack ?? ''}\n`)
    return reporter.fail(error)
  }
}

/** `hyphae`, `hyphae help`, `hyphae --help`; anything else in front of a verb is a slip. */
function general(typed: readonly string[], io: Io): number {
  const [first] = typed
  const isAsked = first === 'help' || first === '--help' || first === '-h'
  if (!isAsked && first !== undefined) throw unknown(first, ['--help'])
  ;(isAsked ? io.out : io.err).write(helpOfAll(VERBS.map(verb => verb.syntax)))
  return isAsked ? EXIT.ok : EXIT.usage
}

function verbOf(typed: readonly string[]): Verb {
  const [first = '', second = ''] = typed
  const found = VERBS.find(({ syntax: { name } }) => name === first || name === `${first} ${second}`)
  if (found !== undefined) return found
  const names = VERBS.map(verb => verb.syntax.name)
  const under = names.filter(name => name.startsWith(`${first} `))
  if (under.length === 0) throw unknown(first, [...new Set(names.map(name => name.split(' ')[0]))])
  if (second === '' || second.startsWith('-')) {
    throw new HyphaeError(
      'INVALID_ARGUMENT',
      `${first} needs one of ${under.map(name => name.split(' ')[1]).join(', ')}`,
      {
        remedy: `write hyphae ${under[0]}`,
      },
    )
  }
  throw unknown(`${first} ${second}`, under)
}

function unknown(word: string, known: readonly string[]): HyphaeError {
  const nearest = closest(word, known)
  const hint = nearest === undefined ? '' : `; did you mean hyphae ${nearest}?`
  return new HyphaeError('INVALID_ARGUMENT', `hyphae cannot ${JSON.stringify(word)}${hint}`, {
    remedy: 'see hyphae --help',
  })
}
