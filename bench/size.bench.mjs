// npm run bench -- size [--json]
import { at, readJson } from '../scripts/lib/project.mjs'
import { optionsOf } from './lib/arguments.mjs'
import { BRING_PEERS } from './lib/install-peers.mjs'
import { jsonLines, resultOf, tableOf } from './lib/report.mjs'
import { libp2pBytes } from './size/libp2p.mjs'
import { measureCore } from './size/measure.mjs'

const suite = 'size'
const { json } = optionsOf(suite)
const ROWS = { first: 'core, downloaded at first', whole: 'core, all in one file' }

const kib = bytes => Number((bytes / 1024).toFixed(1))

const ceilings = readJson(at('bench/size/ceilings.json'))
const { findings, summary, sizes } = await measureCore(ceilings)
const peers = (await libp2pBytes()) ?? {}
const results = Object.entries(ROWS).map(([way, row]) => {
  const others = Object.entries(peers).map(([name, bytes]) => [name, kib(bytes[way])])
  const goal = { limit: ceilings.core.goalGzipKiB }
  return resultOf({ suite, row, unit: 'KiB', goal }, { hyphae: kib(sizes.core[way]), ...Object.fromEntries(others) })
})

if (!json) console.log(summary)
console.log(json ? jsonLines(results) : tableOf(results))
if (Object.keys(peers).length === 0) console.error(`js-libp2p is not installed: ${BRING_PEERS}`)
for (const finding of findings) console.error(finding)
process.exit(findings.length === 0 ? 0 : 1)
