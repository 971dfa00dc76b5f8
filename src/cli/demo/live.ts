import { setTimeout as sleep } from 'node:timers/promises'
import { bytes, duration, short, table, whole } from '../format.js'
import type { Output } from '../io.js'
import { Samples } from '../samples.js'
import type { Member } from './member.js'
import type { Mesh } from './mesh.js'

const REDRAW_MS = 1000
const LINES_MS = 5000
/** Requests each node has under way; as soon as one is answered the next one leaves. */
const UNDER_WAY = 2
const PAUSE_MS = 10

interface Before {
  requests: number
  bytes: number
}

/** Keeps the mesh busy with requests and shows what it measures, until it is asked to stop. */
export class Live {
  private readonly latencies = new Map<Member, Samples>()
  private readonly answered = new Map<Member, number>()
  private readonly before = new Map<Member, Before>()
  private failures = 0
  private shownMs = performance.now()
  private drawn = 0

  constructor(
    private readonly mesh: Mesh,
    private readonly out: Output | undefined,
  ) {}

  /** Requests that were answered, and that failed. */
  get totals(): { readonly answered: number; readonly failed: number } {
    return { answered: [...this.answered.values()].reduce((sum, count) => sum + count, 0), failed: this.failures }
  }

  /** Runs until the signal fires. */
  async run(stop: AbortSignal): Promise<void> {
    const work = this.mesh.members.flatMap(member => Array.from({ length: UNDER_WAY }, () => this.ask(member, stop)))
    const everyMs = this.out?.isTerminal === true ? REDRAW_MS : LINES_MS
    while (!stop.aborted) {
      await sleep(everyMs, undefined, { signal: stop }).catch(() => undefined)
      if (!stop.aborted) this.show()
    }
    await Promise.all(work)
  }

  /** The table as it stands. */
  lines(): string[] {
    const seconds = Math.max(0.001, (performance.now() - this.shownMs) / 1000)
    this.shownMs = performance.now()
    const head = [
      'node',
      'peer id',
      'at',
      'peers',
      'handshakes',
      'avg',
      'requests/s',
      'in + out/s',
      'p50',
      'p99',
      'resends',
    ]
    const rows = this.mesh.members.map(member => this.row(member, seconds))
    const { suite, backends } = this.mesh.first.node.diagnostics()
    const parts = Object.entries(backends).map(([name, backend]) => `${name} ${backend}`)
    return [`${suite} (${parts.join(', ')})`, ...table(head, rows)]
  }

  private row(member: Member, seconds: number): string[] {
    const { node, handshakes } = member
    const peers = node.peers().filter(peer => peer.state === 'connected')
    const moved = peers.reduce((sum, peer) => sum + peer.bytesIn + peer.bytesOut, 0)
    const requests = this.answered.get(member) ?? 0
    const before = this.before.get(member) ?? { requests: 0, bytes: moved }
    this.before.set(member, { requests, bytes: moved })
    const samples = this.latencies.get(member)
    const shown = (share: number): string => {
      const ms = samples?.percentile(share)
      return ms === undefined ? '–' : duration(ms)
    }
    return [
      String(member.number),
      short(node.id),
      member.address,
      String(peers.length),
      String(handshakes.count),
      duration(handshakes.summary()?.avg ?? 0),
      whole((requests - before.requests) / seconds),
      bytes(Math.max(0, Math.round((moved - before.bytes) / seconds))),
      shown(0.5),
      shown(0.99),
      String(peers.reduce((sum, peer) => sum + peer.messagesResent, 0)),
    ]
  }

  private show(): void {
    const { out } = this
    if (out === undefined) return
    const lines = this.lines()
    if (!out.isTerminal) return out.write(`${lines.join('\n')}\n`)
    // Up to where the last table began, and every line erased to its end before it is written.
    const up = this.drawn > 0 ? `\u001b[${this.drawn}A` : ''
    out.write(`${up}${lines.map(line => `\u001b[K${line.slice(0, out.columns - 1)}\n`).join('')}`)
    this.drawn = lines.length
  }

  private async ask(member: Member, stop: AbortSignal): Promise<void> {
    const samples = this.latencies.get(member) ?? new Samples(1024)
    this.latencies.set(member, samples)
    for (let turn = 0; !stop.aborted; turn++) {
      const others = this.mesh.members.filter(other => other !== member)
      const other = others[(member.number + turn) % others.length]
      const startedMs = performance.now()
      try {
        member.node.addAddress(other.node.id, other.address)
        await member.node.request(other.node.id, 'echo', { turn }, { timeoutMs: 5000, signal: stop })
        samples.add(performance.now() - startedMs)
        this.answered.set(member, (this.answered.get(member) ?? 0) + 1)
      } catch {
        if (!stop.aborted) this.failures++
      }
      await sleep(PAUSE_MS)
    }
  }
}
