// node test/runtimes/run.mjs [names…]: packs the built project, installs the tarball like a user, and has every runtime
// pass the same exercise against a Node server: see programs/exercise.mjs. HYPHAE_RUNTIMES takes names too, separated by
// commas, or `none`; HYPHAE_FULL=1 asks for more requests; CI or HYPHAE_INSTALL_BROWSERS installs browsers by apt.
import { rmSync } from 'node:fs'
import { at, writeStamp } from '../../scripts/lib/project.mjs'
import { issueCertificates } from './lib/certificates.mjs'
import { installPackage, installRuntimes, NotRun } from './lib/prepare.mjs'
import { details, hasFailed, summary, table, unproven } from './lib/report.mjs'
import { startServer } from './lib/server.mjs'
import { chromium, firefox } from './runtimes/browsers.mjs'
import { bun, deno, node, node24 } from './runtimes/consoles.mjs'
import { workerd } from './runtimes/workerd.mjs'

const RUNTIMES = [node, node24, deno, bun, workerd, chromium, firefox]
const isFull = process.env.HYPHAE_FULL === '1'
const requests = isFull ? 10_000 : 1000
const TIMEOUT_MS = isFull ? 120_000 : 60_000

const startMs = performance.now()
// `npm test` reads the verdict there; one of an earlier run must not stand for a run that crashed.
const verdictFile = at('build/runtimes.txt')
rmSync(verdictFile, { force: true })
const fromEnvironment = (process.env.HYPHAE_RUNTIMES ?? '').split(',').filter(Boolean)
const names = process.argv.length > 2 ? process.argv.slice(2) : fromEnvironment
const isNone = names.length === 1 && names[0] === 'none'
const unknown = names.filter(name => !isNone && !RUNTIMES.some(runtime => runtime.name === name))
if (unknown.length > 0) {
  console.error(
    `runtimes: unknown ${unknown.join(', ')}; known are ${RUNTIMES.map(({ name }) => name).join(', ')}, none`,
  )
  process.exit(2)
}
const isWanted = ({ name }) => !isNone && (names.length === 0 || names.includes(name))

/** Turns what a piece of work throws into an outcome. */
const outcomeOf = error =>
  error instanceof NotRun
    ? { notRun: error.message }
    : { error: error instanceof Error ? error.message : String(error) }

/** Does shared work once; what it throws is the outcome of each that needs it. */
const attempt = work =>
  work().then(
    value => ({ value }),
    error => ({ outcome: outcomeOf(error) }),
  )

async function runOne(runtime, context) {
  const beganMs = performance.now()
  const outcome = await runtime.run(context).catch(outcomeOf)
  const verdict = outcome.notRun ? 'NOT RUN' : hasFailed(outcome) ? 'FAILED' : 'ok'
  console.error(
    `  ${verdict.padEnd(8)}${((performance.now() - beganMs) / 1000).toFixed(1).padStart(5)} s  ${runtime.name}`,
  )
  return outcome
}

async function runAll(wanted) {
  const npm = wanted.some(runtime => runtime.fromNpm) ? await attempt(installRuntimes) : {}
  const ready = wanted.filter(runtime => !(runtime.fromNpm && npm.outcome))
  const outcomes = new Map(wanted.map(runtime => [runtime, npm.outcome]))
  const installed = await attempt(installPackage)
  if (installed.outcome) return new Map(wanted.map(runtime => [runtime, installed.outcome]))
  const { app } = installed.value
  const tls = await issueCertificates(app)
  const names = ready.map(({ name }) => name)
  const server = await startServer({ app, tls, names, timeoutMs: TIMEOUT_MS * (ready.length + 1) })
  for (const runtime of ready) {
    const addresses = server.addresses[runtime.name]
    outcomes.set(runtime, await runOne(runtime, { app, tls, addresses, requests, timeoutMs: TIMEOUT_MS }))
  }
  // A server that died took some runtimes along: the table comes first, then why.
  await server.stop().catch(error => {
    console.error(`the server of the runtimes: ${error.message}`)
    process.exitCode = 1
  })
  return outcomes
}

const wanted = RUNTIMES.filter(isWanted)
const ran = wanted.length > 0 ? await runAll(wanted) : new Map()
const leftOut = runtime => ({ notRun: 'it was left out', bring: `node test/runtimes/run.mjs ${runtime.name}` })
const outcomes = RUNTIMES.map(runtime => ({
  name: runtime.name,
  bring: runtime.bring,
  ...(isWanted(runtime) ? ran.get(runtime) : leftOut(runtime)),
}))

console.log(`\n${table(outcomes)}\n`)
for (const text of [...details(outcomes), ...unproven(outcomes)]) console.error(text)
const line = summary(outcomes)
console.error(`hyphae runtimes: ${line}, in ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
writeStamp(verdictFile, line)
process.exit(outcomes.some(hasFailed) ? 1 : process.exitCode)
