import type { NodeEvent } from '../../node/api/events.js'
import type { HyphaeNode } from '../../node/api/node.js'
import { createNode } from '../../platform/node.js'
import { loadSettings } from '../config/load.js'
import { nodeOptionsOf } from '../config/node-options.js'
import { loadTls } from '../config/tls-files.js'
import { EXIT } from '../exit-codes.js'
import { givenPassphrase } from '../passphrase.js'
import { factsOf, type Reporter } from '../reporter.js'
import { stopped } from '../stopping.js'
import { JSON_FLAG, type Verb } from '../verb.js'

/** `hyphae start`. */
export const start: Verb = {
  syntax: {
    name: 'start',
    summary: 'runs a node until it is asked to stop; then drains and ends with 0',
    positionals: [],
    flags: {
      config: { value: 'FILE', text: 'configuration; without it the environment alone counts' },
      drain: { value: 'MS', text: 'time for what is under way when it stops, ms (default 5000)', range: [0, 600_000] },
      ...JSON_FLAG,
    },
  },
  async run(args, reporter) {
    const { io } = reporter
    const drainMs = args.number('drain', 5000)
    const settings = await loadSettings(args.text('config'), io.env)
    const tls = await loadTls(settings)
    for (const warning of tls?.warnings ?? []) warn(reporter, warning)
    const passphrase = await givenPassphrase(settings['identity.passphrase_file'], io)
    const node = await createNode(nodeOptionsOf(settings, passphrase, tls))
    const name = settings['node.name']
    const told = tellEvents(node, reporter)
    ready(reporter, node, name, settings['network.external_address'])
    await stopped(io.stop)
    reporter.say('draining', { event: 'draining', timeoutMs: drainMs })
    await node.close({ timeoutMs: drainMs })
    await told
    reporter.say('stopped', { event: 'stopped' })
    return EXIT.ok
  },
}

function ready(
  reporter: Reporter,
  node: HyphaeNode,
  name: string | undefined,
  advertised: readonly string[] | undefined,
): void {
  const { id, fingerprint, addresses } = node
  const lines = [
    `node ${name ?? id.slice(0, 8)}`,
    `  peer id      ${id}`,
    `  fingerprint  ${fingerprint}`,
    ...addresses.map(address => `  listening    ${address}#${id}`),
    ...(advertised ?? []).map(address => `  advertising  ${address}`),
  ]
  const facts = { name, peer: id, fingerprint, listening: addresses, advertising: advertised ?? addresses }
  reporter.say(lines.join('\n'), { event: 'ready', ...facts })
}

function warn(reporter: Reporter, message: string): void {
  if (reporter.json) reporter.say('', { event: 'warning', message })
  else reporter.note(`warning: ${message}`)
}

async function tellEvents(node: HyphaeNode, reporter: Reporter): Promise<void> {
  for await (const event of node.events()) {
    if (event.type === 'missed') reporter.say(`${event.count} events missed`, { event: 'missed', count: event.count })
    else tellEvent(event, reporter)
  }
}

function tellEvent(event: NodeEvent, reporter: Reporter): void {
  const { type, ...facts } = event
  switch (event.type) {
    case 'peer:connect': {
      const how = `${event.direction}, ${event.transport}, ${event.handshakeMs.toFixed(1)} ms`
      // The channel binding is for the two nodes; a log has no use for it.
      const { channelBinding: _, type: __, ...shown } = event
      return reporter.say(`+ ${event.peer}  ${event.address}  (${how})`, { event: type, ...shown })
    }
    case 'peer:disconnect':
      return reporter.say(`- ${event.peer}  ${event.reason.message}`, {
        event: type,
        peer: event.peer,
        reason: factsOf(event.reason),
      })
    case 'peer:identify':
      return reporter.say(`  ${event.peer}  runs ${event.agent}`, { event: type, ...facts })
    case 'peer:carrier':
      return reporter.say(`  ${event.peer}  ${event.address ?? 'lost its connection, waiting'}`, {
        event: type,
        ...facts,
      })
    case 'message':
      return reporter.say(`  ${event.peer}  message ${event.name}: ${show(event.body)}`, { event: type, ...facts })
    case 'datagram':
      return reporter.say(`  ${event.peer}  datagram of ${event.body.length} bytes`, { event: type, ...facts })
    case 'error': {
      const { code, message, remedy } = factsOf(event.error)
      const text = `! ${event.kind}: ${code}: ${message} (${remedy})`
      const { kind, peer, address } = event
      return reporter.say(text, { event: type, kind, peer, address, error: { code, message, remedy } })
    }
  }
}

function show(body: unknown): string {
  const text = JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  return (text ?? 'nothing').slice(0, 200)
}
