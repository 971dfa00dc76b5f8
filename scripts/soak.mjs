// npm run soak -- --minutes N [--seed S] [--svg FILE] [--json]: two processes with three nodes each do everything a node can
// do to each other, while their connections are cut. Fails on growth, wrong bytes, lost or doubled messages, unexpected
// errors and hangs. See docs/endurance.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { soak } from '../test/soak/run.mjs'
import { chart } from '../test/soak/chart.mjs'
import { WARM_UP } from '../test/soak/trend.mjs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    svg: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed)
if (!(minutes > 0) || !Number.isInteger(seed)) {
  console.error('usage: npm run soak -- --minutes N [--seed S] [--svg FILE] [--json]')
  process.exit(2)
}
const verdict = await soak({ minutes, seed, json: values.json })
if (values.svg !== undefined) {
  mkdirSync(dirname(values.svg), { recursive: true })
  writeFileSync(values.svg, chart(verdict.samples, `hyphae soak, ${minutes} min, seed ${seed}`, WARM_UP))
}
process.exit(verdict.passed ? 0 : 1)
