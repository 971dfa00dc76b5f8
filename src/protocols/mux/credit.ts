import { MAX_VARINT } from '../../wire/varint.js'

/** A limit is raised in steps of at least this part of the window, so that a slow reader does not flood the wire with WINDOWs. */
const LEAST_PART = 8

/**
 * Whether an absolute limit is worth raising: half of the window is used up and something worth telling was freed.
 *
 * @param window size of the window
 * @param used total the peer has used
 * @param freed total of that which was given back
 * @param told limit the peer knows
 */
export function isDue(window: number, used: number, freed: number, told: number): boolean {
  return (told - used) * 2 <= window && (freed + window - told) * LEAST_PART >= window && freed + window > told
}

/** Whether to tell a new count of streams: as soon as the peer has used half and anything was freed. */
export function isCountDue(window: number, used: number, freed: number, told: number): boolean {
  return (told - used) * 2 <= window && freed + window > told
}

/** The absolute limit to tell now. */
export function limitOf(window: number, freed: number): number {
  return Math.min(freed + window, MAX_VARINT)
}
