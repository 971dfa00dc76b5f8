import { readFile, stat } from 'node:fs/promises'
import { HyphaeError } from '../../core/errors.js'
import type { TlsOptions } from '../../transports/options.js'
import type { Key, Settings } from './keys.js'

/** Certificate and key for `wss://` and `tls://`, and what a person should know about them. */
export interface LoadedTls {
  readonly tls: TlsOptions
  readonly warnings: readonly string[]
}

/**
 * Reads the files that `security.certificate_file` and `security.private_key_file` name.
 *
 * @returns undefined where neither is configured
 * @throws HyphaeError INVALID_CONFIG naming key and path
 */
export async function loadTls(settings: Settings): Promise<LoadedTls | undefined> {
  const certificate = settings['security.certificate_file']
  const key = settings['security.private_key_file']
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined) throw alone('security.private_key_file', 'security.certificate_file')
  if (key === undefined) throw alone('security.certificate_file', 'security.private_key_file')
  const cert = await readPem('security.certificate_file', certificate, /-----BEGIN CERTIFICATE-----/)
  const privateKey = await readPem('security.private_key_file', key, /-----BEGIN [A-Z ]*PRIVATE KEY-----/)
  const { mode } = await stat(key)
  // Windows has no such bits and shows all of them.
  const isOpen = process.platform !== 'win32' && (mode & 0o077) !== 0
  const octal = (mode & 0o777).toString(8).padStart(4, '0')
  const warning = `security.private_key_file ${key} can be read by others (mode ${octal}): chmod 600 ${key}`
  return { tls: { cert, key: privateKey }, warnings: isOpen ? [warning] : [] }
}

async function readPem(key: Key, path: string, mark: RegExp): Promise<string> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    const reason = String((cause as NodeJS.ErrnoException).code)
    throw bad(key, path, `cannot be read (${reason})`, cause)
  }
  if (mark.test(text)) return text
  throw bad(key, path, 'holds no such PEM block')
}

function bad(key: Key, path: string, why: string, cause?: unknown): HyphaeError {
  return new HyphaeError('INVALID_CONFIG', `${key} is ${JSON.stringify(path)}: the file ${why}`, {
    cause,
    remedy: `set ${key} to a PEM file that this user can read`,
    details: { key, value: path },
  })
}

function alone(has: Key, lacks: Key): HyphaeError {
  return new HyphaeError('INVALID_CONFIG', `${has} stands alone: ${lacks} is needed with it`, {
    remedy: `set ${lacks} too, or remove ${has}`,
    details: { key: lacks },
  })
}
