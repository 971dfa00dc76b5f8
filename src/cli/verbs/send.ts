import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HyphaeError, isHyphaeError, type ErrorCode } from '../../core/errors.js'
import type { HyphaeNode } from '../../node/api/node.js'
import { NODE_FLAGS, withNode } from '../client-node.js'
import { EXIT } from '../exit-codes.js'
import { bytes, duration } from '../format.js'
import { Progress } from '../progress.js'
import { diagnose, errorOfDiagnosis, targetOf } from '../reach.js'
import type { Reporter } from '../reporter.js'
import { type FileFacts, hashFile } from '../transfer/hash.js'
import { FILE_STREAM, type Verdict } from '../transfer/messages.js'
import { sendFile } from '../transfer/sender.js'
import { JSON_FLAG, type Verb } from '../verb.js'

const DEFAULT_TIMEOUT_MS = 10_000
const DEFAULT_RETRY_S = 30
const PAUSE_MS = 500

/** Failures after which the same may work a moment later. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'DIAL_FAILED',
  'SESSION_LOST',
  'PEER_UNREACHABLE',
  'TIMEOUT',
  'STREAM_RESET',
  'CLOSED',
])

/** `hyphae send`. */
export const send: Verb = {
  syntax: {
    name: 'send',
    summary: 'sends a file to a node that runs hyphae receive; goes on where it stopped the last time',
    positionals: ['FILE', 'ADDRESS'],
    flags: {
      name: { value: 'NAME', text: 'name to send it under (default that of FILE)' },
      retry: {
        value: 'S',
        text: `goes on trying for so long after the last byte got through (default ${DEFAULT_RETRY_S}; 0 never)`,
        range: [0, 86_400],
      },
      timeout: { value: 'MS', text: `time for connecting (default ${DEFAULT_TIMEOUT_MS})`, range: [10, 600_000] },
      ...NODE_FLAGS,
      ...JSON_FLAG,
    },
  },
  async run(args, reporter) {
    const path = args.required(0)
    const { target } = targetOf(args.required(1))
    const timeoutMs = args.number('timeout', DEFAULT_TIMEOUT_MS)
    const retryMs = args.number('retry', DEFAULT_RETRY_S) * 1000
    const facts = await hashFile(path, reporter.io.stop)
    reporter.say('', { event: 'offer', file: path, ...facts })
    return withNode(args, reporter, { connectionTimeoutMs: timeoutMs }, node =>
      new Sending(node, reporter, path, args.text('name') ?? basename(path), facts, timeoutMs).run(target, retryMs),
    )
  },
}

/** One file on its way, over as many connections as it takes. */
class Sending {
  private lastByteMs = performance.now()
  private offset = 0
  private denial: HyphaeError | undefined

  constructor(
    private readonly node: HyphaeNode,
    private readonly reporter: Reporter,
    private readonly path: string,
    private readonly name: string,
    private readonly facts: FileFacts,
    private readonly timeoutMs: number,
  ) {}

  async run(target: string, retryMs: number): Promise<number> {
    const startedMs = performance.now()
    this.node.on('peer:disconnect', ({ reason }) => {
      if (!PASSING.has(reason.code)) this.denial = reason
    })
    const { stop } = this.reporter.io
    this.lastByteMs = startedMs
    for (;;) {
      try {
        this.tell(await this.attempt(target), performance.now() - startedMs)
        return EXIT.ok
      } catch (error) {
        // A receiver that does not want us says so when it knows who we are, a moment after we are connected.
        await sleep(0)
        if (this.denial !== undefined) throw this.denial
        const isPassing = isHyphaeError(error) && PASSING.has(error.code) && !stop.aborted
        if (!isPassing || performance.now() - this.lastByteMs >= retryMs) throw error
        this.reporter.say(`${error.message}; trying again`, {
          event: 'retry',
          code: error.code,
          message: error.message,
        })
        await sleep(PAUSE_MS, undefined, { signal: stop }).catch(() => undefined)
      }
    }
  }

  private async attempt(target: string): Promise<Verdict> {
    const { node, path, name, facts, timeoutMs } = this
    const { stop: signal } = this.reporter.io
    const peer = await this.connect(target)
    const stream = await node.open(peer, FILE_STREAM, { priority: 3, timeoutMs, signal })
    let progress: Progress | undefined
    const onOffset = (offset: number): void => {
      this.offset = offset
      if (offset > 0) this.reporter.say(`goes on at ${bytes(offset)}`, { event: 'resume', offset })
      progress = new Progress(this.reporter.json ? undefined : this.reporter.io.err, name, facts.size, offset)
    }
    const onBytes = (done: number): void => {
      this.lastByteMs = performance.now()
      progress?.update(done)
    }
    const verdict = await sendFile({ stream, path, name, facts, signal, onOffset, onBytes })
    progress?.finish(facts.size)
    return verdict
  }

  private async connect(target: string): Promise<string> {
    const { node, timeoutMs } = this
    try {
      return await node.connect(target, { timeoutMs, signal: this.reporter.io.stop })
    } catch (error) {
      if (this.reporter.io.stop.aborted) throw error
      throw errorOfDiagnosis(await diagnose(node, target, targetOf(target).peer, error, timeoutMs))
    }
  }

  private tell(verdict: Verdict, tookMs: number): void {
    const { size, sha256 } = this.facts
    const { offset } = this
    const sent = size - offset
    const rate = bytes(Math.round(sent / Math.max(0.001, tookMs / 1000)))
    const text = `${bytes(sent)} sent in ${duration(tookMs)} (${rate}/s), stands there as ${verdict.name}\nSHA-256 ${sha256}, the same on both sides`
    this.reporter.say(text, { event: 'sent', name: verdict.name, size, sent, offset, sha256, tookMs })
  }
}
