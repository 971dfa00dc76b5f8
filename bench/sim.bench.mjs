// One thousand simulated nodes of degree eight, sessions between neighbours, a heartbeat a second to each for a minute.
// Options: --nodes=1000 --degree=8 --seconds=60 --kernels=fake|real --json
import { createSimulation } from '../dist/sim/index.js'
import { heartbeats } from './lib/heartbeats.mjs'

const option = (name, fallback) => {
  const given = process.argv.find(argument => argument.startsWith(`--${name}=`))
  return given === undefined ? fallback : given.slice(name.length + 3)
}
const limits = { seconds: 60, mib: 2048 }
const nodes = Number(option('nodes', 1000))
const seconds = Number(option('seconds', 60))
const degree = Number(option('degree', 8))
const real = option('kernels', 'fake') === 'real'
const kernels = real ? (await import('../dist/kernels/index.js')).loadKernels() : undefined

const result = heartbeats(createSimulation, { nodes, degree, seconds, ...(kernels && { kernels }) })
// Processor time, not the clock: other work on the machine must not decide. It includes start and garbage collection.
const cpu = process.cpuUsage()
const took = (cpu.user + cpu.system) / 1e6
const peakMib = process.resourceUsage().maxRSS / 1024
const report = { ...result, virtualSeconds: seconds, cpuSeconds: +took.toFixed(1), peakMib: Math.round(peakMib) }
if (process.argv.includes('--json')) console.log(JSON.stringify(report))
else {
  console.log(
    `${nodes} nodes, ${result.sessions} sessions, ${result.heartbeats} heartbeats sent, ${result.delivered} delivered`,
  )
  console.log(
    `${result.events} events in ${report.cpuSeconds} s of processor time for ${seconds} s of virtual time, peak ${report.peakMib} MiB`,
  )
  console.log(`trace ${result.traceHash}`)
}
const complete = result.delivered === result.heartbeats && result.sessions === result.pairs
const fits = nodes < 1000 || seconds < 60 || (took < limits.seconds && peakMib < limits.mib)
if (!complete || !fits) {
  console.error(complete ? 'too slow or too large' : 'not everything arrived')
  process.exit(1)
}
