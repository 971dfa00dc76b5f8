// npm run bench -- size [--json]
import { at, readJson } from '../scripts/lib/project.mjs'
import { libp2pBytes } from './size/libp2p.mjs'
import { measureCore } from './size/measure.mjs'

const ROWS = { first: 'core, downloaded at first', whole: 'core, all in one file' }

const kib = bytes => Number((bytes / 1024).toFixed(1))

const ceilings = readJson(at('bench/size/ceilings.json'))
const { findings, summary, sizes } = await measureCore(ceilings)
const peers = (await libp2pBytes()) ?? {}
const rows = Object.entries(ROWS).map(([way, row]) => {
  const hyphae = kib(sizes.core[way])
  const others = Object.entries(peers).map(([name, bytes]) => [name, kib(bytes[way])])
  const limit = ceilings.core.goalGzipKiB
  return {
    suite: 'size',
    row,
    unit: 'KiB',
    hyphae,
    peers: Object.fromEntries(others),
    // How many times as small as each peer.
    ratios: Object.fromEntries(others.map(([name, value]) => [name, Number((value / hyphae).toFixed(2))])),
    goal: { limit },
    met: hyphae <= limit,
  }
})

if (process.argv.includes('--json')) {
  for (const row of rows) console.log(JSON.stringify(row))
} else {
  console.log(summary)
  for (const { row, hyphae, peers: others, ratios, goal, met } of rows) {
    console.log(`${row}: ${hyphae} KiB gzip; goal ≤ ${goal.limit} KiB: ${met ? 'met' : 'MISSED'}`)
    for (const [name, value] of Object.entries(others)) console.log(`  ${name}: ${value} KiB, ${ratios[name]} × ours`)
  }
  if (Object.keys(peers).length === 0) console.log('js-libp2p is not installed: npm ci --prefix bench/peers')
}
for (const finding of findings) console.error(finding)
process.exit(findings.length === 0 ? 0 : 1)
