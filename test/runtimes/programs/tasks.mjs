import { complianceOf } from './compliance.mjs'
import { exercise } from './exercise.mjs'

/** Begins the line that a program prints its results on. */
const MARK = 'hyphae-results '

/**
 * Runs the tasks one after the other, then the contract of transports, and prints the results; used by every runtime with
 * a console of its own.
 *
 * @param {string} json the tasks
 * @param {boolean} canPause whether the WebSockets of the runtime can stop reading
 */
export async function runTasks(library, json, canPause) {
  const results = []
  for (const task of JSON.parse(json)) results.push(await exercise(library, task))
  results.push(await complianceOf(canPause))
  console.log(MARK + JSON.stringify(results))
}
