// npm run attack [-- NAME…] [--json] [--seconds N] [--connections N]: how the requests of an honest peer fare while a
// hostile process does its worst: p99 beside a quiet time just before, and beside a time in which the same process attacks
// somebody else on this machine, which tells what it takes from us merely by running. Memory before, during, after.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createNode } from '../../dist/platform/node.js'

const here = file => fileURLToPath(new URL(file, import.meta.url))
const args = process.argv.slice(2)
const option = (name, usual) => (args.includes(name) ? Number(args[args.indexOf(name) + 1]) : usual)
const seconds = option('--seconds', 4)
const connections = option('--connections', 10_000)
const json = args.includes('--json')
const names = args.filter(
  (arg, i) =>
    !arg.startsWith('--') && !args[i - 1]?.startsWith('--seconds') && !args[i - 1]?.startsWith('--connections'),
)
/** Generous: what is judged is whether service goes on, the ratios are printed for people. */
const MAX_RATIO = 50
const MAX_GROWTH_BYTES = 512 * 1024 * 1024
const MIB = 1024 * 1024
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** A child that answers messages. */
class Child {
  last = 0
  waiting = new Map()

  constructor(file, execArgv, ...argv) {
    this.process = fork(here(file), argv, { serialization: 'advanced', execArgv })
    this.ready = new Promise(resolve => this.process.once('message', resolve))
    this.process.on('message', ({ id, result, error }) => {
      const waiting = this.waiting.get(id)
      this.waiting.delete(id)
      if (error === undefined) waiting?.resolve(result)
      else waiting?.reject(new Error(error))
    })
    this.process.on('exit', code => {
      for (const { reject } of this.waiting.values()) reject(new Error(`${file} ended with ${code}`))
    })
  }

  ask(act, options) {
    const id = ++this.last
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.process.send({ id, act, options })
    })
  }

  async end() {
    const ended = new Promise(resolve => this.process.once('exit', resolve))
    this.process.disconnect()
    await ended
  }
}

const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN

/** Asks one request after the other for so long; each must be answered. */
async function measure(friend, peer, durationMs) {
  const times = []
  let failed = 0
  const endMs = performance.now() + durationMs
  while (performance.now() < endMs) {
    const beganMs = performance.now()
    try {
      await friend.request(peer, 'echo', 'x', { timeoutMs: 5000 })
    } catch {
      failed++
    }
    times.push(performance.now() - beganMs)
    await sleep(1)
  }
  times.sort((a, b) => a - b)
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99), max: times.at(-1), samples: times.length, failed }
}

const durationMs = seconds * 1000
const FLOOD = { durationMs: durationMs + 500 }
const HOSTS = 60
/** What is done, and over which carrier. `alone`: nobody else could be attacked with it. */
const ATTACKS = {
  connections: { act: 'connections', options: { count: connections, hosts: HOSTS, holdMs: durationMs + 500 } },
  'connections-one-host': { act: 'connections', options: { count: connections, hosts: 1, holdMs: durationMs + 500 } },
  slowloris: { act: 'slowloris', options: { ...FLOOD, width: 1000, hosts: HOSTS } },
  'slowloris-upgrade': { act: 'slowloris', scheme: 'ws', options: { ...FLOOD, width: 1000, hosts: HOSTS, http: true } },
  garbage: { act: 'garbage', options: { ...FLOOD, width: 50, hosts: HOSTS } },
  'garbage-upgrade': { act: 'garbage', scheme: 'ws', options: { ...FLOOD, width: 50, hosts: HOSTS } },
  'endless-headers': { act: 'halfOpen', scheme: 'ws', options: { ...FLOOD, width: 50, hosts: HOSTS, headers: true } },
  'half-open': { act: 'halfOpen', scheme: 'ws', options: { ...FLOOD, width: 1000, hosts: HOSTS } },
  'first-messages': { act: 'firstMessages', options: { ...FLOOD, width: 20, hosts: 1 } },
  'first-messages-many-hosts': { act: 'firstMessages', options: { ...FLOOD, width: 50, hosts: HOSTS } },
  certrequests: { act: 'certRequests', options: { ...FLOOD, width: 50, hosts: HOSTS } },
  attaches: { act: 'attaches', options: { ...FLOOD, width: 50, hosts: HOSTS } },
  pings: { act: 'pings', alone: true, options: { ...FLOOD, localAddress: '127.9.9.9' } },
  acks: { act: 'acks', alone: true, options: { ...FLOOD, localAddress: '127.9.9.9' } },
  'empty-records': { act: 'emptyRecords', alone: true, options: { ...FLOOD, localAddress: '127.9.9.9' } },
  'rapid-reset': { act: 'rapidReset', alone: true, options: { ...FLOOD, localAddress: '127.9.9.9' } },
  'rapid-cancel': { act: 'rapidCancel', alone: true, options: { ...FLOOD, localAddress: '127.9.9.9' } },
  requests: { act: 'requests', alone: true, options: { ...FLOOD, localAddress: '127.9.9.9' } },
  windows: { act: 'windows', alone: true, options: { ...FLOOD, localAddress: '127.9.9.9' } },
  'reads-nothing': { act: 'readsNothing', alone: true, options: { ...FLOOD, localAddress: '127.9.9.9' } },
}

async function attack(name, { act, options, scheme = 'tcp', alone = false }) {
  const victim = new Child('victim-process.mjs', ['--expose-gc'])
  const hostile = new Child('hostile.mjs', [])
  const { ready } = await victim.ready
  const friend = await createNode()
  await friend.connect(`${ready.tcp}#${ready.id}`)
  await measure(friend, ready.id, 500)
  const quiet = await measure(friend, ready.id, durationMs)
  let busy
  if (!alone && act !== 'slowloris') {
    const other = new Child('decoy.mjs', [])
    const { ready: there } = await other.ready
    if (act === 'firstMessages') await hostile.ask('learnFor', { address: ready.tcp })
    const going = hostile.ask(act, {
      ...options,
      address: there.tcp,
      count: 1000,
      durationMs,
      holdMs: durationMs,
      learnt: true,
    })
    busy = await measure(friend, ready.id, durationMs)
    await hostile.ask('stop')
    await going
    await other.end()
  }
  const before = await victim.ask('state')
  const going = hostile.ask(act, { ...options, address: ready[scheme] })
  await sleep(100)
  const under = await measure(friend, ready.id, durationMs)
  const during = await victim.ask('state')
  await hostile.ask('stop')
  const did = await going
  await sleep(500)
  const after = await victim.ask('state')
  await friend.close()
  await Promise.all([victim.end(), hostile.end()])
  return { name, quiet, busy, under, before, during, after, did }
}

function judge({ quiet, busy, under, before, during, after }) {
  const problems = []
  if (under.failed > 0) problems.push(`${under.failed} requests failed`)
  const base = Math.max(quiet.p99, busy?.p99 ?? 0)
  if (under.p99 > Math.max(base * MAX_RATIO, 500)) problems.push(`p99 ${under.p99.toFixed(1)} ms`)
  if (during.rss - before.rss > MAX_GROWTH_BYTES)
    problems.push(`memory grew by ${((during.rss - before.rss) / MIB).toFixed(0)} MiB`)
  if (after.rejections.length > 0) problems.push(after.rejections[0])
  return problems
}

const ms = value => (value === undefined ? '–' : value.toFixed(2))
const mib = bytes => (bytes / MIB).toFixed(0)
const chosen = Object.entries(ATTACKS).filter(([name]) => names.length === 0 || names.includes(name))
if (!json)
  console.log(
    'attack                     quiet    busy   under  ratio  of busy     max  MiB before/during/after  refused   held     CPU  verdict',
  )
let failures = 0
for (const [name, settings] of chosen) {
  const result = await attack(name, settings)
  const problems = judge(result)
  failures += problems.length > 0 ? 1 : 0
  const { quiet, busy, under, before, during, after } = result
  const ratio = under.p99 / quiet.p99
  const ofBusy = busy === undefined ? undefined : under.p99 / busy.p99
  if (json) {
    const figures = {
      quietP99Ms: quiet.p99,
      busyP99Ms: busy?.p99,
      underP99Ms: under.p99,
      ratio,
      ratioOfBusy: ofBusy,
      samples: under.samples,
    }
    console.log(
      JSON.stringify({
        suite: 'attack',
        row: name,
        ...figures,
        rssBefore: before.rss,
        rssDuring: during.rss,
        rssAfter: after.rss,
        did: result.did,
        alarms: after.alarms,
        problems,
      }),
    )
    continue
  }
  const refused = after.handshakes.refused - before.handshakes.refused
  const cells = [
    name.padEnd(25),
    ms(quiet.p99).padStart(6),
    ms(busy?.p99).padStart(7),
    ms(under.p99).padStart(7),
    `${ratio.toFixed(1)}x`.padStart(6),
    (ofBusy === undefined ? '–' : `${ofBusy.toFixed(1)}x`).padStart(8),
    ms(under.max).padStart(7),
    `${mib(before.rss)}/${mib(during.rss)}/${mib(after.rss)}`.padStart(24),
    String(refused).padStart(8),
    String(during.carriers - 1).padStart(6),
    `${Math.round(((during.cpuMs - before.cpuMs) / durationMs) * 100)} %`.padStart(7),
    ` ${problems.length === 0 ? 'served' : problems.join('; ')}`,
  ]
  console.log(cells.join(' '))
}
if (!json) console.log(failures === 0 ? 'attack: the others were served under each' : `attack: ${failures} FAILED`)
process.exit(failures === 0 ? 0 : 1)
