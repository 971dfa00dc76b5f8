import { client, createNode, isHyphaeError, method, service } from 'hyphae'
import { loadKernels } from 'hyphae/kernels'
import { suites } from 'hyphae/suites'
import { createSimulation } from 'hyphae/testing'
import { tcp } from 'hyphae/transports/tcp'
import { websocket } from 'hyphae/transports/websocket'
import { complianceOf } from './compliance.mjs'
import { exercise } from './exercise.mjs'
import { keepsState } from './state.mjs'
import { trusts } from './trust.mjs'

const library = { client, createNode, createSimulation, isHyphaeError, loadKernels, method, service, suites }

/** Begins the line that a program prints its results on. */
const MARK = 'hyphae-results '

/**
 * Runs the tasks one after the other, then what needs no server, and prints the results; used by every runtime with a
 * console of its own.
 *
 * @param {string} json `{ tasks, tls, folder }`
 * @param {{ canPause: boolean }} abilities whether the WebSockets of the runtime can stop reading
 */
export async function runTasks(json, { canPause }) {
  const { tasks, tls, folder } = JSON.parse(json)
  const results = []
  for (const task of tasks) results.push(await exercise(library, task, localOf(task, tls)))
  results.push([...(await complianceOf(subjectsOf(canPause))), await keepsState(library, folder)])
  console.log(MARK + JSON.stringify(results))
}

/** The transports of the runtime, for their contract. */
const subjectsOf = canPause => ({
  ws: { factory: websocket(), listenAddress: 'ws://127.0.0.1:0/mesh', pausesPeer: canPause },
  tcp: { factory: tcp(), listenAddress: 'tcp://127.0.0.1:0', pausesPeer: true },
})

/** Transports that know the certificates, where the task wants them; otherwise what the runtime brings by default. */
function localOf({ secured }, certificates) {
  const { ca, cert, key, pin } = certificates
  const trust = trusts(certificates)
  if (secured === undefined) return { trust }
  const forWebSocket = secured.includes('wss') ? { tls: { cert, key } } : {}
  const options = () => ({ transports: [websocket(forWebSocket), tcp({ tls: { ca, cert, key, pins: [pin] } })] })
  return { trust, options }
}
