import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Io, Output } from './io.js'

/** Exit code of a process that was asked twice to stop, as shells have it for an interrupt. */
const IMPATIENT = 130

/** The face of a real process. */
export function processIo(process: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'env' | 'on' | 'exit'>): Io {
  const { stdin, stdout, stderr, env } = process
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(IMPATIENT)
      stop.abort()
    })
  }
  // Whoever read us is gone, as `hyphae … | head` does: nobody is left to tell anything.
  stdout.on('error', () => process.exit(0))
  return {
    out: outputOn(stdout),
    err: outputOn(stderr),
    env,
    stop: stop.signal,
    readSecret: question => ask(question, stdin, stderr),
  }
}

function outputOn(stream: NodeJS.WriteStream): Output {
  return {
    write: text => void stream.write(text),
    get isTerminal() {
      return stream.isTTY === true
    },
    get columns() {
      return stream.columns ?? 80
    },
  }
}

/** Asks on stderr, so that a question never gets into a pipe, and echoes nothing. */
async function ask(
  question: string,
  stdin: NodeJS.ReadStream,
  stderr: NodeJS.WriteStream,
): Promise<string | undefined> {
  if (stdin.isTTY !== true) return undefined
  stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true })
  try {
    return await new Promise(resolve => {
      lines.once('line', resolve)
      lines.once('close', () => resolve(undefined))
      lines.once('SIGINT', () => resolve(undefined))
    })
  } finally {
    lines.close()
    stderr.write('\n')
  }
}
