// npm run bench -- kernels [options]: every kernel of the built package against what a user would pick instead, in Node 20,
// Node 24, Chromium and Firefox. `--help` says what there is; bench/kernels/rows lists what is measured.
import { writeFileSync } from 'node:fs'
import { optionsOf } from './lib/arguments.mjs'
import { BRING_PEERS, installPeers } from './lib/install-peers.mjs'
import { machine, quietness } from './lib/machine.mjs'
import { measureIn, say } from './lib/measure-in.mjs'
import { jsonLines, tableOf } from './lib/report.mjs'
import { help, readKernelOptions } from './kernels/options.mjs'
import { groupsOf } from './kernels/page/charts.mjs'
import { servePage } from './kernels/page/serve.mjs'
import { reportPage } from './kernels/report-page.mjs'
import { chromium, firefox } from './kernels/runtimes/browsers.mjs'
import { node24, thisNode } from './kernels/runtimes/node.mjs'

/** Arguments as one would type them again. */
const quoted = list => list.map(word => (/^[\w./,=-]+$/.test(word) ? word : `'${word}'`)).join(' ')

/** Serves the page until it is interrupted. */
async function servePerson() {
  const { url } = await servePage()
  console.log(`open ${url} in a browser; end this with Ctrl+C`)
}

function print({ name, results, notes = [] }, json) {
  if (json) return console.log(jsonLines(results.map(({ group: _, ...result }) => ({ ...result, runtime: name }))))
  console.log(`\n${name}`)
  for (const [group, rows] of groupsOf(results)) console.log(`\n${group}\n${tableOf(rows)}`)
  if (notes.length > 0) console.log(`\n${notes.join('\n')}`)
}

async function measureAll(read) {
  const load = quietness()
  say(`bench: ${machine()}, ${load.text}`)
  if (load.warning) say(`WARNING       ${load.warning}`)
  const failure = read['no-install'] ? undefined : await installPeers(say)
  if (failure) say(`MISSING PEERS ${failure}; what brings them: ${BRING_PEERS}`)
  const wanted = [thisNode, ...(read.node24 ? [node24] : []), ...(read.browsers ? [chromium, firefox] : [])]
  const page = read.browsers ? await servePage() : undefined
  const measured = []
  try {
    for (const runtime of wanted) {
      const one = await measureIn(runtime, { filter: read.rows, url: page?.url })
      if (one) print(one, read.json)
      measured.push(one)
    }
  } finally {
    page?.close()
  }
  const about = {
    machine: machine(),
    load,
    command: `npm run bench -- kernels ${quoted(process.argv.slice(2))}`,
    date: new Date(),
  }
  if (read.report) {
    writeFileSync(read.report, reportPage(measured.filter(Boolean), about))
    say(`bench: the report is ${read.report}`)
  }
}

const read = optionsOf('kernels', readKernelOptions, help)
if (read.page) await servePerson()
else await measureAll(read)
