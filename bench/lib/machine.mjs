import { availableParallelism, cpus, loadavg } from 'node:os'

/** The load above which figures of a run are doubtful: more than the one core that measures is busy. */
const QUIET_LOAD = 1

/** The machine in one line, for a report. */
export const machine = () => `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${availableParallelism()} cores`

/**
 * What the machine is busy with before anything is measured.
 *
 * @returns {{ load: number, text: string, warning?: string }}
 */
export function quietness(load = loadavg()[0]) {
  const text = `load average ${load.toFixed(2)}`
  if (load <= QUIET_LOAD) return { load, text }
  return {
    load,
    text,
    warning: `the machine is busy (${text}): figures will be too high, only ratios of one row mean something`,
  }
}
