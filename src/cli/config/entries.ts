import { HyphaeError } from '../../core/errors.js'
import { closest } from '../../node/api/validate.js'
import { type Key, KEYS, namesOf, SECTIONS, type Settings } from './keys.js'
import type { Rule } from './rules.js'

/** A value and where it was found. */
export interface Entry {
  readonly section: string
  readonly name: string
  readonly value: unknown
  /** `node.yaml:12`, or the name of an environment variable. */
  readonly where: string
  /** Line in the file, from 1. */
  readonly line?: number
}

/**
 * Holds entries against the keys there are. Of several for one key the last one counts.
 *
 * @throws HyphaeError INVALID_CONFIG naming place, key, value and what is allowed
 */
export function settingsOf(entries: readonly Entry[]): Settings {
  const settings: Record<string, unknown> = {}
  for (const entry of entries) {
    const key = knownKey(entry)
    const outcome = (KEYS[key] as Rule<unknown>)(entry.value)
    if ('expected' in outcome) throw badValue(entry, key, outcome.expected, outcome.remedy)
    settings[key] = outcome.value
  }
  return settings
}

/** The key of an entry. @throws HyphaeError INVALID_CONFIG with the nearest key where there is none */
function knownKey(entry: Entry): Key {
  const { section, name } = entry
  if (!SECTIONS.includes(section)) throw unknown(entry, `section ${section}`, closest(section, SECTIONS))
  const key = `${section}.${name}`
  if (Object.hasOwn(KEYS, key)) return key as Key
  throw unknown(entry, `key ${key}`, nearestKey(section, name))
}

/** A slip in the name, or a key that stands in the wrong section. */
function nearestKey(section: string, name: string): string | undefined {
  const own = closest(name, namesOf(section))
  if (own !== undefined) return `${section}.${own}`
  return Object.keys(KEYS).find(key => key.endsWith(`.${name}`))
}

function unknown({ where, line, section, name }: Entry, what: string, nearest: string | undefined): HyphaeError {
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  return new HyphaeError('INVALID_CONFIG', `${where}: there is no ${what}${hint}`, {
    remedy: nearest === undefined ? 'remove it; docs/cli.md lists the keys' : `write ${nearest}, or remove it`,
    details: { key: `${section}.${name}`, line, expected: nearest },
  })
}

function badValue({ where, line, value }: Entry, key: Key, expected: string, remedy: string | undefined): HyphaeError {
  return new HyphaeError('INVALID_CONFIG', `${where}: ${key} is ${show(value)}: ${expected} is needed`, {
    remedy: remedy ?? `set ${key} to ${expected}`,
    details: { key, value, expected, line },
  })
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80)
}
