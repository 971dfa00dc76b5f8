import type { HyphaeError } from '../../core/errors.js'
import { parseAddress } from '../../index.js'

/** Why a value cannot be taken: what is needed instead, and what to do where more is to be said. */
export interface Refusal {
  /** Reads well before "is needed". */
  readonly expected: string
  readonly remedy?: string
}

/** Reads a value as it stands in a file; a {@link Refusal} where it cannot be taken. */
export type Rule<T> = (value: unknown) => { readonly value: T } | Refusal

/** A whole number of a range. */
export function whole(least: number, most: number): Rule<number> {
  return value =>
    Number.isInteger(value) && (value as number) >= least && (value as number) <= most
      ? { value: value as number }
      : { expected: `a whole number from ${least} to ${most}` }
}

/** Seconds of a range, with fractions. */
export function seconds(least: number, most: number): Rule<number> {
  return value =>
    typeof value === 'number' && value >= least && value <= most
      ? { value }
      : { expected: `a number of seconds from ${least} to ${most}` }
}

/** A text of a length in characters. */
export function text(most: number): Rule<string> {
  return value =>
    typeof value === 'string' && value.length > 0 && value.length <= most
      ? { value }
      : { expected: `a text of 1 to ${most} characters` }
}

/** Yes or no. */
export const flag: Rule<boolean> = value => (typeof value === 'boolean' ? { value } : { expected: 'true or false' })

/** One address or several; `host:port` alone means WebSocket. */
export const addresses: Rule<readonly string[]> = value => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const read: string[] = []
  for (const [i, item] of list.entries()) {
    const outcome = readAddress(item)
    if ('expected' in outcome)
      return list.length === 1 ? outcome : { ...outcome, expected: `at place ${i + 1} ${outcome.expected}` }
    read.push(outcome.value)
  }
  return { value: read }
}

function readAddress(value: unknown): { readonly value: string } | Refusal {
  const expected = 'an address such as 0.0.0.0:8000, tcp://[::1]:4001 or wss://host/path'
  if (typeof value !== 'string') return { expected }
  try {
    parseAddress(value, 'ws')
    return { value: value.includes('://') ? value : `ws://${value}` }
  } catch (error) {
    const { reason } = (error as HyphaeError).details
    return { expected: `${expected} (${String(reason)})` }
  }
}

/** One of several spellings, compared without case, each with what it means; others are refused with a word about them. */
export function choice<T>(
  choices: Readonly<Record<string, T>>,
  refused: Readonly<Record<string, string>> = {},
): Rule<T> {
  const names = Object.keys(choices)
  const expected = names.length === 1 ? `${names[0]}, the one there is,` : names.join(', ')
  const find = (known: readonly string[], value: string): string | undefined =>
    known.find(name => name.toLowerCase() === value.toLowerCase())
  return value => {
    if (typeof value !== 'string') return { expected }
    const chosen = find(names, value)
    if (chosen !== undefined) return { value: choices[chosen] }
    const known = find(Object.keys(refused), value)
    return known === undefined ? { expected } : { expected, remedy: refused[known] }
  }
}
