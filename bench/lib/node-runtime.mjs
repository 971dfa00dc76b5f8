import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { at } from '../../scripts/lib/project.mjs'
import { BRING_PEERS, hasNode24, node24Program } from './install-peers.mjs'

/**
 * A Node to measure in. Each runs the same program as a process of its own, so that none inherits what another warmed up.
 *
 * @param {string} file the program: takes `{ filter }` as JSON, prints a line of JSON a message
 * @returns {{ name: string, unavailable(): string | undefined, measure(job: object, on: object): Promise<object> }} `on.row`
 *   is called with each result; the promise gives the runtime's name, what was missing there, the results, and what else it had to say
 */
const nodeRuntime = (file, name, program, unavailable) => ({
  name,
  unavailable,
  async measure({ filter }, on) {
    const args = ['--expose-gc', at(file), JSON.stringify({ filter })]
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise(resolve => child.on('error', ({ message }) => resolve(message)).on('close', resolve))
    const measured = { results: [], troubles: [], isWhole: false }
    for await (const line of createInterface({ input: child.stdout })) take(JSON.parse(line), measured, on)
    const code = await ended
    if (code !== 0 || !measured.isWhole) throw new Error(`${name} failed before it was done: ${code}`)
    return measured
  },
})

function take(message, measured, on) {
  if (message.kind === 'runtime') Object.assign(measured, { name: message.name, missing: message.missing })
  if (message.kind === 'row') {
    measured.results.push(message.result)
    on.row(message.result)
  }
  if (message.kind === 'trouble') measured.troubles.push(message.trouble)
  if (message.kind === 'end') Object.assign(measured, { isWhole: true, notes: message.notes })
}

/** The Node that runs the bench. */
export const thisNodeWith = file =>
  nodeRuntime(file, `Node ${process.versions.node}`, process.execPath, () => undefined)

/** The Node 24 that comes with the peers. */
export const node24With = file =>
  nodeRuntime(file, 'Node 24', node24Program, () =>
    hasNode24() ? undefined : `Node 24 comes with the peers: ${BRING_PEERS}`,
  )
