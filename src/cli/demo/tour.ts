import { bytes, duration, table, whole } from '../format.js'
import type { Output } from '../io.js'
import { factsOf } from '../reporter.js'
import { Samples } from '../samples.js'
import { type FileResult, transferFile } from './file-step.js'
import { impostor, type ImpostorResult } from './impostor-step.js'
import { Live } from './live.js'
import { Mesh } from './mesh.js'
import { type MessagesResult, orderedMessages } from './messages-step.js'

/** How a {@link Tour} is run. */
export interface TourOptions {
  readonly nodes: number
  readonly messages: number
  /** File to transfer. */
  readonly file: string
  /** For stores and received files; belongs to the tour alone. */
  readonly directory: string
  /** Where people read along; undefined for none. */
  readonly out: Output | undefined
}

interface Failure {
  readonly step: string
  readonly code: string
  readonly message: string
  readonly remedy: string
}

/** The tour through a mesh: each step does something real, measures it, and fails where it does not hold. */
export class Tour {
  private mesh: Mesh | undefined
  private file: FileResult | undefined
  private messages: MessagesResult | undefined
  private impostor: ImpostorResult | undefined
  private liveTotals: Live['totals'] | undefined
  private failure: Failure | undefined
  private interrupted = false
  private readonly startedMs = performance.now()
  private tookMs = 0

  constructor(private readonly options: TourOptions) {}

  /**
   * Runs the steps; stops at the first that fails, or between two where it is asked to.
   * @returns whether all of them held
   */
  async run(stop: AbortSignal): Promise<boolean> {
    const steps: readonly (readonly [string, () => Promise<void>])[] = [
      ['mesh', () => this.startMesh()],
      ['file', () => this.sendFile()],
      ['messages', () => this.sendMessages()],
      ['impostor', () => this.refuseImpostor()],
    ]
    for (const [name, step] of steps) {
      if (stop.aborted) {
        this.interrupted = true
        break
      }
      try {
        await step()
      } catch (error) {
        this.fail(name, error)
        break
      }
    }
    this.tookMs = performance.now() - this.startedMs
    const isWhole = this.failure === undefined && !this.interrupted
    if (isWhole) this.say(`\nall steps held, in ${duration(this.tookMs)}`)
    return isWhole
  }

  /** Whether it was asked to stop before its last step. */
  get isInterrupted(): boolean {
    return this.interrupted
  }

  /** Shows the mesh at work until the signal fires. */
  async live(stop: AbortSignal): Promise<void> {
    const { mesh, options } = this
    if (mesh === undefined || stop.aborted) return
    this.say('\nlive, until Ctrl-C\n')
    const live = new Live(mesh, options.out)
    await live.run(stop)
    this.liveTotals = live.totals
  }

  /** Ends the nodes. */
  async stop(): Promise<void> {
    await this.mesh?.stop()
    this.mesh = undefined
  }

  /** Everything that was measured, for programs. */
  summary(): Readonly<Record<string, unknown>> {
    const { failure, interrupted, tookMs, handshakes, file, messages, impostor: refused, liveTotals: live } = this
    const { nodes } = this.options
    return {
      ok: failure === undefined && !interrupted,
      interrupted,
      failure,
      tookMs,
      nodes,
      mesh: handshakes,
      file,
      messages,
      impostor: refused,
      live,
    }
  }

  private handshakes: Readonly<Record<string, unknown>> | undefined

  private async startMesh(): Promise<void> {
    const { nodes, directory } = this.options
    this.say(`1  ${nodes} nodes on loopback sockets, WebSocket and TCP in turn`)
    const mesh = (this.mesh = await Mesh.start(nodes, directory))
    const samples = new Samples()
    for (const { handshakeMs } of mesh.links) samples.add(handshakeMs)
    const diagnostics = mesh.first.node.diagnostics()
    const { suite, backends } = diagnostics
    this.handshakes = {
      suite,
      backends,
      connections: mesh.links.length,
      handshakeMs: samples.summary(),
      links: mesh.links,
    }
    const rows = mesh.members.map(member => this.nodeRow(mesh, member.number))
    this.say(indent(table(['node', 'peer id', 'at', 'peers'], rows)))
    const { p50 = 0, p99 = 0 } = samples.summary() ?? {}
    this.say(`   ${mesh.links.length} handshakes (${suite}), p50 ${duration(p50)}, p99 ${duration(p99)}`)
  }

  private nodeRow(mesh: Mesh, number: number): string[] {
    const member = mesh.members[number - 1]
    if (member === undefined) return []
    return [String(number), member.node.id, member.address, String(member.connected)]
  }

  private async sendFile(): Promise<void> {
    const { mesh, options } = this
    if (mesh === undefined) return
    this.say(`\n2  a file from node 1 to node ${options.nodes}, through a stream`)
    const result = (this.file = await transferFile(mesh, options.file, options.directory, options.out))
    const rate = `${bytes(Math.round(result.bytesPerSecond))}/s`
    this.say(`   ${bytes(result.bytes)} in ${duration(result.tookMs)} (${rate})`)
    this.say(
      `   SHA-256 at node ${result.from}: ${result.sentSha256}\n   SHA-256 at node ${result.to}: ${result.storedSha256}`,
    )
  }

  private async sendMessages(): Promise<void> {
    const { mesh, options } = this
    if (mesh === undefined) return
    const { nodes, messages } = options
    this.say(
      `\n3  ${whole(messages)} ordered messages (qos 2) from node 1 to node ${nodes}, whose process dies in the middle`,
    )
    const r = (this.messages = await orderedMessages(mesh, messages, options.out))
    this.say(
      `   ${whole(r.handledOnce)} handled exactly once, ${r.outOfOrder} out of order, ${whole(r.acknowledged)} acknowledged\n` +
        `   killed after ${whole(r.handledAtKill)} (${whole(r.undoneByKill)} of them undone: not on disk yet, run again), ` +
        `${whole(r.resent)} resent, back at work after ${duration(r.outageMs)}\n` +
        `   ${whole(r.messagesPerSecond)} messages/s with the outage, p50 ${duration(r.p50Ms)}, p99 ${duration(r.p99Ms)}`,
    )
  }

  private async refuseImpostor(): Promise<void> {
    const { mesh, options } = this
    if (mesh === undefined) return
    this.say(`\n4  an impostor with another identity at the address of node ${options.nodes}`)
    const { step, code, message, remedy } = (this.impostor = await impostor(mesh))
    this.say(`   refused at step ${step}: ${code}\n   ${message}\n   remedy: ${remedy}`)
  }

  private fail(step: string, error: unknown): void {
    const { code, message, remedy } = factsOf(error)
    this.failure = { step, code, message, remedy }
    this.say(`\nstep ${step} failed: ${code}: ${message}\n  remedy: ${remedy}`)
  }

  private say(text: string): void {
    this.options.out?.write(`${text}\n`)
  }
}

function indent(lines: readonly string[]): string {
  return lines.map(line => `   ${line}`).join('\n')
}
