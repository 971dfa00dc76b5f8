import { HyphaeError } from '../core/errors.js'
import type { Arguments } from './arguments.js'
import { readSmall } from './files.js'
import type { Io } from './io.js'

const MAX_BYTES = 4096

/** The flag that {@link askPassphrase} reads. */
export const PASSPHRASE_FLAG = {
  'passphrase-file': {
    value: 'FILE',
    text: 'reads the passphrase from the first line of FILE (or set HYPHAE_PASSPHRASE)',
  },
}

/**
 * The first line of a file.
 * @throws HyphaeError INVALID_ARGUMENT where it is empty, STORE_FAILED, PERMISSION
 */
export async function readPassphrase(path: string): Promise<string> {
  const text = Buffer.from(await readSmall(path, MAX_BYTES)).toString('utf8')
  const line = text.split(/\r?\n/, 1)[0]
  if (line !== '') return line
  throw new HyphaeError('INVALID_ARGUMENT', `the first line of ${path} is empty: it must hold the passphrase`)
}

/** A passphrase that was given without asking: by file, or by the environment. */
export async function givenPassphrase(path: string | undefined, io: Io): Promise<string | undefined> {
  if (path !== undefined) return readPassphrase(path)
  const { HYPHAE_PASSPHRASE } = io.env
  return HYPHAE_PASSPHRASE === '' ? undefined : HYPHAE_PASSPHRASE
}

/**
 * The passphrase from file, environment or the person at the terminal.
 *
 * @param twice - asks again, so that a slip does not lock an identity up for ever
 * @throws HyphaeError INVALID_ARGUMENT where there is none or the two differ
 */
export async function askPassphrase(args: Arguments, io: Io, twice: boolean): Promise<string> {
  const given = await givenPassphrase(args.text('passphrase-file'), io)
  if (given !== undefined) return given
  const typed = await io.readSecret('passphrase: ')
  if (typed === undefined || typed === '') {
    throw new HyphaeError('INVALID_ARGUMENT', 'a passphrase is needed', {
      remedy: 'type it, give --passphrase-file FILE, or set HYPHAE_PASSPHRASE',
    })
  }
  if (!twice || (await io.readSecret('the same again: ')) === typed) return typed
  throw new HyphaeError('INVALID_ARGUMENT', 'the two passphrases differ', { remedy: 'run the command again' })
}
