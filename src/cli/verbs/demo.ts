import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Tour } from '../demo/tour.js'
import { EXIT } from '../exit-codes.js'
import type { Verb } from '../verb.js'

const DEFAULT_NODES = 8
const DEFAULT_MESSAGES = 10_000

/** `hyphae demo`. */
export const demo: Verb = {
  syntax: {
    name: 'demo',
    summary: 'runs a mesh of real nodes on this machine: a tour of what it can do, then a live table until Ctrl-C',
    positionals: [],
    flags: {
      once: { text: 'ends with 0 after the tour' },
      file: { value: 'PATH', text: 'file to transfer (default package-lock.json or package.json of hyphae)' },
      nodes: { value: 'N', text: `nodes (default ${DEFAULT_NODES})`, range: [3, 64] },
      messages: { value: 'N', text: `ordered messages (default ${DEFAULT_MESSAGES})`, range: [10, 10_000_000] },
      json: { text: 'one JSON summary on stdout at the end, and nothing else' },
    },
  },
  async run(args, reporter) {
    const { io } = reporter
    const out = reporter.json ? undefined : io.out
    const nodes = args.number('nodes', DEFAULT_NODES)
    const messages = args.number('messages', DEFAULT_MESSAGES)
    const file = args.text('file') ?? ownFile()
    const directory = await mkdtemp(join(tmpdir(), 'hyphae-demo-'))
    const tour = new Tour({ nodes, messages, file, directory, out })
    try {
      const isWhole = await tour.run(io.stop)
      if (isWhole && !args.has('once')) await tour.live(io.stop)
      await tour.stop()
      if (reporter.json) io.out.write(`${JSON.stringify(tour.summary())}\n`)
      return isWhole ? EXIT.ok : tour.isInterrupted ? EXIT.interrupted : EXIT.failed
    } finally {
      await tour.stop()
      await rm(directory, { recursive: true, force: true })
    }
  },
}

/** A file that every copy of the package has; the larger one where it is a checkout. */
function ownFile(): string {
  const own = (name: string): string => fileURLToPath(new URL(`../../../${name}`, import.meta.url))
  const lock = own('package-lock.json')
  return existsSync(lock) ? lock : own('package.json')
}
