import { setTimeout as sleep } from 'node:timers/promises'
import { HyphaeError, isHyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import type { HyphaeNode } from '../../node/api/node.js'
import { parseAddress } from '../../index.js'
import type { Arguments } from '../arguments.js'
import { NODE_FLAGS, withNode } from '../client-node.js'
import { EXIT, exitCodeOf } from '../exit-codes.js'
import { duration, table } from '../format.js'
import { testPort } from '../port-test.js'
import { diagnose, errorOfDiagnosis, targetOf } from '../reach.js'
import type { Reporter } from '../reporter.js'
import { Samples } from '../samples.js'
import { JSON_FLAG, type Verb } from '../verb.js'

const DEFAULT_COUNT = 4
const DEFAULT_INTERVAL_MS = 1000
const DEFAULT_TIMEOUT_MS = 5000

/** `hyphae ping`. */
export const ping: Verb = {
  syntax: {
    name: 'ping',
    summary: 'checks whether a node can be reached, and how fast it answers; or whether a port is open',
    positionals: ['[ADDRESS|PEER]'],
    flags: {
      port: { value: 'HOST:PORT', text: 'only tests whether the TCP port is open' },
      at: { value: 'ADDRESS', text: 'address of a PEER given by its id' },
      count: { value: 'N', text: `pings (default ${DEFAULT_COUNT})`, range: [1, 1_000_000] },
      interval: { value: 'MS', text: `time between them (default ${DEFAULT_INTERVAL_MS})`, range: [0, 3_600_000] },
      timeout: {
        value: 'MS',
        text: `time for connecting and for each answer (default ${DEFAULT_TIMEOUT_MS})`,
        range: [10, 600_000],
      },
      ...NODE_FLAGS,
      ...JSON_FLAG,
    },
  },
  async run(args, reporter) {
    const port = args.text('port')
    const target = args.positional(0)
    if ((port === undefined) === (target === undefined)) {
      throw new HyphaeError('INVALID_ARGUMENT', 'ping needs either ADDRESS|PEER or --port HOST:PORT', {
        remedy: 'see hyphae ping --help',
      })
    }
    const timeoutMs = args.number('timeout', DEFAULT_TIMEOUT_MS)
    if (port !== undefined) return pingPort(port, timeoutMs, reporter)
    const wanted = targetOf(target as string)
    const at = args.text('at')
    return withNode(args, reporter, { connectionTimeoutMs: timeoutMs, pingTimeoutMs: timeoutMs }, node => {
      if (at !== undefined && wanted.peer !== undefined) node.addAddress(wanted.peer, targetOf(at).target)
      return pingNode(node, wanted, args, timeoutMs, reporter)
    })
  },
}

/** Why the other side ended the connection, as soon as it did: a node that does not want us says so when it knows who we are. */
interface Fate {
  reason: HyphaeError | undefined
}

async function pingPort(text: string, timeoutMs: number, reporter: Reporter): Promise<number> {
  const { host, port } = parseAddress(text.includes('://') ? text : `tcp://${text}`)
  const connectMs = await testPort({ host, port }, timeoutMs, reporter.io.stop)
  reporter.say(`${text} is open (${duration(connectMs)})`, { event: 'port', host, port, open: true, connectMs })
  return EXIT.ok
}

async function pingNode(
  node: HyphaeNode,
  wanted: { readonly target: string; readonly peer: PeerId | undefined },
  args: Arguments,
  timeoutMs: number,
  reporter: Reporter,
): Promise<number> {
  const { stop: signal } = reporter.io
  const { target } = wanted
  const fate: Fate = { reason: undefined }
  let peer: PeerId
  try {
    node.once('peer:connect', facts => {
      const how = `${facts.transport}, handshake ${duration(facts.handshakeMs)}, ${node.diagnostics().suite}`
      const { address, transport, handshakeMs } = facts
      reporter.say(`connected to ${facts.peer} at ${address} (${how})`, {
        ...{ event: 'connected', peer: facts.peer, address, transport, handshakeMs },
        suite: node.diagnostics().suite,
      })
    })
    node.on('peer:disconnect', ({ reason }) => (fate.reason = reason))
    peer = await node.connect(target, { timeoutMs, signal })
  } catch (error) {
    if (signal.aborted) throw error
    return unreachable(node, wanted, error, timeoutMs, reporter)
  }
  return measure(node, peer, fate, args, timeoutMs, reporter)
}

async function unreachable(
  node: HyphaeNode,
  { target, peer }: { readonly target: string; readonly peer: PeerId | undefined },
  error: unknown,
  timeoutMs: number,
  reporter: Reporter,
): Promise<number> {
  const diagnosis = await diagnose(node, target, peer, error, timeoutMs)
  const { step, code, text, remedy, answers } = diagnosis
  const attempts = peer === undefined ? [] : node.explain(peer).attempts
  const exitCode = exitCodeOf(errorOfDiagnosis(diagnosis))
  const lines = [
    `${target} cannot be reached`,
    `  step    ${step}`,
    `  code    ${code}`,
    `  what    ${text}`,
    `  remedy  ${remedy}`,
  ]
  reporter.say(lines.join('\n'), {
    event: 'unreachable',
    target,
    step,
    code,
    message: text,
    remedy,
    answers,
    attempts,
    exitCode,
  })
  return exitCode
}

async function measure(
  node: HyphaeNode,
  peer: PeerId,
  fate: Fate,
  args: Arguments,
  timeoutMs: number,
  reporter: Reporter,
): Promise<number> {
  const count = args.number('count', DEFAULT_COUNT)
  const intervalMs = args.number('interval', DEFAULT_INTERVAL_MS)
  const { stop } = reporter.io
  const samples = new Samples()
  let sent = 0
  let last: unknown
  while (sent < count && !stop.aborted) {
    if (sent > 0) await sleep(intervalMs, undefined, { signal: stop }).catch(() => undefined)
    if (stop.aborted) break
    sent++
    try {
      const rttMs = await node.ping(peer, { timeoutMs, signal: stop })
      samples.add(rttMs)
      reporter.say(`${sent}: ${duration(rttMs)}`, { event: 'ping', number: sent, rttMs })
    } catch (error) {
      if (isHyphaeError(error, 'ABORTED')) break
      last = fate.reason ?? error
      reporter.say(`${sent}: ${(error as Error).message}`, {
        event: 'lost',
        number: sent,
        message: (error as Error).message,
      })
    }
  }
  return conclude(peer, sent, samples, last, reporter)
}

function conclude(peer: string, sent: number, samples: Samples, last: unknown, reporter: Reporter): number {
  const summary = samples.summary()
  const lost = sent - samples.count
  const facts = { event: 'summary', peer, sent, answered: samples.count, lost, rttMs: summary }
  if (summary === undefined) {
    reporter.say(`${sent} sent, none answered`, facts)
    return last === undefined ? EXIT.interrupted : reporter.fail(last)
  }
  const { min, avg, p50, p99, max } = summary
  const row = [String(sent), String(samples.count), String(lost), ...[min, avg, p50, p99, max].map(ms => ms.toFixed(2))]
  const head = ['sent', 'answered', 'lost', 'min ms', 'avg ms', 'p50 ms', 'p99 ms', 'max ms']
  reporter.say(`\n${table(head, [row]).join('\n')}`, facts)
  return EXIT.ok
}
