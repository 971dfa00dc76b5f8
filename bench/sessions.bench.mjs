// npm run bench -- sessions [options]: nodes of the built package beside js-libp2p, hyperswarm, NATS and bare sockets on
// loopback, in alternating rounds. `--help` says what there is; bench/sessions/rows.mjs lists what is measured.
import { optionsOf } from './lib/arguments.mjs'
import { BRING_PEERS, installPeers } from './lib/install-peers.mjs'
import { machine, quietness } from './lib/machine.mjs'
import { measureIn, say } from './lib/measure-in.mjs'
import { node24With, thisNodeWith } from './lib/node-runtime.mjs'
import { jsonLines, tableOf } from './lib/report.mjs'
import { help, readSessionOptions } from './sessions/options.mjs'

const program = 'bench/sessions/in-node.mjs'

/** A table a transport, whose columns differ. */
function print({ name, results }, json) {
  if (json) return console.log(jsonLines(results.map(result => ({ ...result, runtime: name }))))
  for (const transport of ['tcp', 'ws']) {
    const rows = results.filter(({ row }) => row.startsWith(`${transport}:`))
    if (rows.length > 0) console.log(`\n${name}\n${tableOf(rows)}`)
  }
}

const read = optionsOf('sessions', readSessionOptions, help)
const load = quietness()
say(`bench: ${machine()}, ${load.text}`)
if (load.warning) say(`WARNING       ${load.warning}`)
const failure = read['no-install'] ? undefined : await installPeers(say)
if (failure) say(`MISSING PEERS ${failure}; what brings them: ${BRING_PEERS}`)
for (const runtime of [thisNodeWith(program), ...(read.node24 ? [node24With(program)] : [])]) {
  const measured = await measureIn(runtime, { filter: read.rows })
  if (measured) print(measured, read.json)
}
