import { readFile, stat } from 'node:fs/promises'
import { HyphaeError } from '../../core/errors.js'
import { settingsOf } from './entries.js'
import { entriesOfEnvironment } from './environment.js'
import type { Settings } from './keys.js'
import { entriesOfYaml } from './yaml.js'

const MAX_FILE_BYTES = 1024 * 1024

/**
 * Reads a configuration: the file, then what the environment overrides.
 *
 * @param file - undefined for the environment alone
 * @throws HyphaeError INVALID_CONFIG naming file, line, key, value and range; PERMISSION
 */
export async function loadSettings(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const own = file === undefined ? [] : entriesOfYaml(await readConfig(file), file)
  // Checked apart, so that a fault in the file shows even where the environment hides it.
  return { ...settingsOf(own), ...settingsOf(entriesOfEnvironment(env)) }
}

async function readConfig(file: string): Promise<string> {
  try {
    const { size } = await stat(file)
    if (size <= MAX_FILE_BYTES) return await readFile(file, 'utf8')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code
    const isDenied = reason === 'EACCES' || reason === 'EPERM'
    throw new HyphaeError(isDenied ? 'PERMISSION' : 'INVALID_CONFIG', `cannot read ${file}: ${String(reason)}`, {
      cause,
      remedy: isDenied ? 'let this user read it' : 'give the path of a configuration file: --config FILE',
      details: { file, reason },
    })
  }
  throw new HyphaeError('INVALID_CONFIG', `${file} has more than ${MAX_FILE_BYTES} bytes`, {
    remedy: 'give the path of a configuration file',
    details: { file },
  })
}
