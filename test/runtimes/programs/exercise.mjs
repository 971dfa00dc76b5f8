// What every runtime has to pass, written with nothing but what all of them have. It imports nothing of the package: each
// program hands in what it imported, so that the very import is part of the test.
import { describe } from './common.mjs'
import { kernels } from './steps/kernels.mjs'
import { inbound, refusals } from './steps/listening.mjs'
import { messages, requests } from './steps/messages.mjs'
import { handshake, reconnection, stranger } from './steps/session.mjs'
import { simulation } from './steps/simulation.mjs'
import { streamIn, streamOut } from './steps/streams.mjs'
import { suites } from './steps/suites.mjs'

const STEPS = {
  kernels,
  handshake,
  requests,
  messages,
  'stream out': streamOut,
  'stream in': streamIn,
  reconnection,
  inbound,
  refusals,
  simulation,
  suites,
  stranger,
  trust: run => run.local.trust(run),
}

/**
 * Runs the steps of a task against the server and tells how each went; the first that fails ends the run.
 *
 * @param {object} library what the program imported: `createNode`, `isHyphaeError`, `loadKernels` and so on
 * @param {object} task `steps`: their names; `runtime`: what its nodes call themselves; `address`: where the server is;
 *   `requests`: how many; `listen`: where this runtime can listen; `refuses`: options of nodes that it says it cannot make; `kernels`:
 *   the backend expected; `isLean`: whether root suites 2 and 3 have to be handed in; `secured`: schemes that need the certificates handed to their transports
 * @param {object} [local] what the runtime does in a way of its own: `options()` for the node that dials, `inbound()` makes
 *   `{ node, addresses }` that the server can connect to; `trust`: the step of that name
 * @returns {Promise<{ name: string, ok: boolean, ms: number, note: string }[]>}
 */
export async function exercise(library, task, local = {}) {
  const run = { library, task, local, node: undefined, peer: undefined }
  const results = []
  for (const name of task.steps) {
    const startMs = performance.now()
    const outcome = await STEPS[name](run).then(
      note => ({ ok: true, note: note ?? '' }),
      error => ({ ok: false, note: describe(error) }),
    )
    results.push({ name, ms: performance.now() - startMs, ...outcome })
    if (!outcome.ok) break
  }
  await run.node?.close(results.at(-1).ok ? {} : { timeoutMs: 0 })
  return results
}
