import { mkdir } from 'node:fs/promises'
import type { HyphaeNode } from '../../node/api/node.js'
import { NODE_FLAGS, withNode } from '../client-node.js'
import { EXIT } from '../exit-codes.js'
import { withPath } from '../files.js'
import { bytes } from '../format.js'
import { Progress } from '../progress.js'
import { targetOf } from '../reach.js'
import { factsOf, type Reporter } from '../reporter.js'
import { FILE_STREAM } from '../transfer/messages.js'
import { FileReceiver, type ReceiverEvents } from '../transfer/receiver.js'
import { JSON_FLAG, type Verb } from '../verb.js'
import { stopped } from '../stopping.js'

const DEFAULT_LISTEN = 'ws://0.0.0.0:0'
const DEFAULT_MAX_BYTES = 16 * 1024 ** 3

/** `hyphae receive`. */
export const receive: Verb = {
  syntax: {
    name: 'receive',
    summary: 'takes files that others send with hyphae send into DIR, until it is asked to stop',
    positionals: ['DIR'],
    flags: {
      listen: { value: 'ADDRESS', text: `where to listen (default ${DEFAULT_LISTEN})` },
      allow: { value: 'PEERS', text: 'peer ids that may send, with commas between them (default everybody)' },
      once: { text: 'ends with 0 after the first file' },
      'max-bytes': {
        value: 'N',
        text: 'largest file that is taken (default 16 GiB)',
        range: [0, Number.MAX_SAFE_INTEGER],
      },
      ...NODE_FLAGS,
      ...JSON_FLAG,
    },
  },
  async run(args, reporter) {
    const directory = args.required(0)
    const listen = [targetOf(args.text('listen') ?? DEFAULT_LISTEN).target]
    const maxBytes = args.number('max-bytes', DEFAULT_MAX_BYTES)
    const allow = args.text('allow')?.split(',')
    await withPath('make', directory, () => mkdir(directory, { recursive: true }))
    const first = new AbortController()
    const events = showOn(reporter, () => {
      if (args.has('once')) first.abort()
    })
    const receiver = new FileReceiver(directory, maxBytes, events)
    return withNode(args, reporter, { listen, ...(allow === undefined ? {} : { allow }) }, async node => {
      node.handleStream(FILE_STREAM, stream => receiver.take(stream))
      ready(node, directory, reporter)
      await stopped(AbortSignal.any([reporter.io.stop, first.signal]))
      if (first.signal.aborted) await receiver.idle()
      return EXIT.ok
    })
  },
}

function ready(node: HyphaeNode, directory: string, reporter: Reporter): void {
  const addresses = node.addresses.map(address => `${address}#${node.id}`)
  const text = [
    `receiving into ${directory}; send with`,
    ...addresses.map(address => `  hyphae send FILE '${address}'`),
  ]
  reporter.say(text.join('\n'), { event: 'ready', peer: node.id, directory, listening: addresses })
}

function showOn(reporter: Reporter, onDone: () => void): ReceiverEvents {
  const bars = new Map<string, Progress>()
  const out = reporter.json ? undefined : reporter.io.err
  return {
    onStart(peer, offer, offset) {
      const { name, size, sha256 } = offer
      const shown = JSON.stringify(name)
      const from = offset > 0 ? `, goes on at ${bytes(offset)}` : ''
      reporter.say(`${shown} from ${peer}, ${bytes(size)}${from}`, {
        event: 'receiving',
        peer,
        name,
        size,
        sha256,
        offset,
      })
      bars.set(sha256, new Progress(out, shown, size, offset))
    },
    onBytes: ({ sha256 }, done) => bars.get(sha256)?.update(done),
    onDone(peer, { size, sha256 }, name) {
      bars.get(sha256)?.finish(size)
      bars.delete(sha256)
      reporter.say(`${name} is complete\nSHA-256 ${sha256}, the same on both sides`, {
        event: 'received',
        peer,
        name,
        size,
        sha256,
      })
      onDone()
    },
    onFailed(peer, offer, error) {
      if (offer !== undefined) bars.delete(offer.sha256)
      const { code, message, remedy } = factsOf(error)
      const name = offer?.name
      reporter.say(`from ${peer}: ${code}: ${message}\n  remedy: ${remedy}`, {
        event: 'failed',
        peer,
        name,
        code,
        message,
        remedy,
      })
    },
  }
}
