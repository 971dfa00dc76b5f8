// npm run bench -- memory [--json] [--ws] [--quick] [--classes]: what an idle connection costs each of its two processes. A
// grid of nodes, so that what a node itself costs stands in the baseline: every node of one process is connected to every
// node of the other. `--classes` says which objects it is.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { moreClasses } from './memory/classes.mjs'

const has = option => process.argv.includes(option)
const NODES = has('--quick') ? 8 : 32
const SCHEME = has('--ws') ? 'ws' : 'tcp'
/** Spare buffers are given up after at most twice the ten seconds between two looks. */
const IDLE_MS = has('--quick') ? 3_000 : 24_000
const GOALS = { heap: 8 * 1024, all: 40 * 1024 }

/** A process of bench/memory/side.mjs whose functions can be called. */
function startSide() {
  const file = fileURLToPath(new URL('memory/side.mjs', import.meta.url))
  const child = fork(file, [], { execArgv: ['--expose-gc'] })
  const call = (name, options) =>
    new Promise((resolve, reject) => {
      child.once('message', ({ answer, error }) => (error === undefined ? resolve(answer) : reject(new Error(error))))
      child.send({ call: name, options })
    })
  return { call, stop: () => child.kill() }
}

const sides = { listens: startSide(), dials: startSide() }
const both = async (name, options) => ({
  listens: await sides.listens.call(name, options),
  dials: await sides.dials.call(name, options),
})
const measure = () => both('measure', { classes: has('--classes') })

/** Makes the grid; answers a function that connects it. */
async function grid(count) {
  const addresses = await sides.listens.call('nodes', { count, scheme: SCHEME })
  await sides.dials.call('nodes', { count })
  return () => sides.dials.call('connect', { addresses })
}

async function idleConnections() {
  // Code is compiled and shared tables are filled before anything counts.
  await (
    await grid(2)
  )()
  await both('closeNodes')
  const connect = await grid(NODES)
  const before = await measure()
  await connect()
  await new Promise(resolve => setTimeout(resolve, IDLE_MS))
  const after = await measure()
  await both('closeNodes')
  return { before, after, units: NODES * NODES }
}

async function bareSockets() {
  const units = 1000
  const port = await sides.listens.call('serve')
  await sides.dials.call('sockets', { port, count: 10 })
  const before = await measure()
  await sides.dials.call('sockets', { port, count: units })
  const after = await measure()
  await both('closeSockets')
  return { before, after, units }
}

const rows = []
const classes = []
function report(name, { before, after, units }) {
  for (const side of ['listens', 'dials']) {
    const each = key => (after[side][key] - before[side][key]) / units
    const row = { suite: 'memory', row: `${name}, the side that ${side}`, unit: 'B', connections: units }
    rows.push({
      ...row,
      heap: each('heap'),
      external: each('external'),
      buffers: each('arrayBuffers'),
      rss: each('rss'),
    })
    if (has('--classes')) classes.push([row.row, moreClasses(before[side].classes, after[side].classes, units)])
  }
}

report('bare tcp socket', await bareSockets())
report(`idle connection, ${SCHEME}`, await idleConnections())
for (const side of Object.values(sides)) side.stop()

for (const row of rows) {
  if (row.row.startsWith('idle')) row.goals = GOALS
  if (has('--json')) console.log(JSON.stringify(row))
}
if (!has('--json')) {
  console.table(
    rows.map(({ row, connections, heap, external, buffers, rss }) => ({
      row,
      connections,
      'heap B': Math.round(heap),
      'external B': Math.round(external),
      'of it buffers B': Math.round(buffers),
      'resident B': Math.round(rss),
    })),
  )
  console.log(`goals of an idle connection: ${GOALS.heap} B of heap, ${GOALS.all} B resident`)
}
for (const [row, list] of classes) {
  const total = list.reduce((sum, { bytes }) => sum + bytes, 0)
  console.log(`\n${row}: objects and bytes of heap and buffers a connection, ${Math.round(total)} B together`)
  for (const { class: name, count, bytes } of list) {
    console.log(`${count.toFixed(2).padStart(8)} ${bytes.toFixed(0).padStart(7)} B  ${name}`)
  }
}
