import { createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import type { Clock } from '../../src/ports/clock.js'
import type { Carrier, Listener, TransportPorts } from '../../src/ports/transport.js'
import type { ComplianceCase } from '../../src/sim/compliance/case.js'

/** The runtime's clock and microtasks. */
export const realPorts: TransportPorts = {
  clock: {
    now: () => ({ monoMs: performance.now(), wallMs: Date.now() }),
    wakeAt: (monoMs, wake) => {
      const timer = setTimeout(wake, Math.max(0, monoMs - performance.now()))
      return () => clearTimeout(timer)
    },
  },
  defer: work => queueMicrotask(work),
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  monoMs = 1_000
  wallMs = Date.UTC(2030, 0, 1)
  #wakes: { at: number; wake: () => void }[] = []

  now() {
    return { monoMs: this.monoMs, wallMs: this.wallMs }
  }

  wakeAt(monoMs: number, wake: () => void): () => void {
    const entry = { at: monoMs, wake }
    this.#wakes.push(entry)
    return () => {
      this.#wakes = this.#wakes.filter(other => other !== entry)
    }
  }

  get pending(): number {
    return this.#wakes.length
  }

  advance(ms: number): void {
    this.monoMs += ms
    const due = this.#wakes.filter(({ at }) => at <= this.monoMs)
    this.#wakes = this.#wakes.filter(entry => !due.includes(entry))
    for (const { wake } of due) wake()
  }
}

/** Registers the cases of a suite. */
export function runCases(cases: ComplianceCase[], ids: Record<string, string> = {}): void {
  const unused = new Set(Object.keys(ids))
  for (const { name, run } of cases) {
    unused.delete(name)
    it(`${ids[name] ?? ''}${name}`, run)
  }
  if (unused.size > 0) throw new Error(`no such cases: ${[...unused].join(', ')}`)
}

/** A TCP server that takes connections and says nothing. */
export async function silentServer(scheme: string): Promise<Listener> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.resume()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    address: `${scheme}://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** Waits for the first carrier of a listener-like callback. */
export function firstCarrier(): { carrier: Promise<Carrier>; take: (carrier: Carrier) => void } {
  let take: (carrier: Carrier) => void = () => undefined
  const carrier = new Promise<Carrier>(resolve => (take = resolve))
  return { carrier, take }
}

/** Matches a text that holds another one. */
export const containing = (text: string): unknown => expect.stringContaining(text)
