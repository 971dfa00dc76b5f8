import { BRING_PEERS } from './install-peers.mjs'
import { show } from './report.mjs'

/** What is said beside the results goes to stderr, so that stdout stays machine-readable. */
export const say = line => console.error(line)

/**
 * Measures in one runtime, or says loudly why not; says loudly too what could not be measured there.
 *
 * @param {{ name: string, unavailable(): unknown, measure(job: object, on: object): Promise<object> }} runtime
 * @param {object} job handed to the runtime
 * @returns {Promise<object | undefined>} what it measured
 */
export async function measureIn(runtime, job) {
  const unavailable = await runtime.unavailable()
  if (unavailable) {
    say(`NOT MEASURED  ${runtime.name}: ${unavailable}`)
    return undefined
  }
  say(`bench: ${runtime.name}`)
  const row = ({ row, hyphae, unit }) => say(`  ${row}: ${show(hyphae)} ${unit}`)
  const measured = await runtime.measure(job, { row }).catch(error => {
    say(`FAILED        ${runtime.name}: ${error.message}`)
    process.exitCode = 1
  })
  if (measured === undefined) return undefined
  for (const { name, reason, bring = BRING_PEERS } of measured.missing) {
    say(`MISSING PEER  ${name} in ${measured.name}: ${reason}; what brings it: ${bring}`)
  }
  for (const { row, name, reason } of measured.troubles) {
    say(`NOT MEASURED  ${row}: ${name} in ${measured.name}: ${reason}`)
    // A peer may fail; a row without hyphae is a broken build.
    if (name === 'hyphae') process.exitCode = 1
  }
  return measured
}
