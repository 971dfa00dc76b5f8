import { transportCompliance } from 'hyphae/testing'
import { tcp } from 'hyphae/transports/tcp'
import { websocket } from 'hyphae/transports/websocket'

/** Clock and defer of the runtime, as the author of a transport would write them. */
const ports = {
  clock: {
    now: () => ({ monoMs: performance.now(), wallMs: Date.now() }),
    wakeAt(monoMs, wake) {
      const timer = setTimeout(wake, Math.max(0, Math.ceil(monoMs - performance.now())))
      return () => clearTimeout(timer)
    },
  },
  defer: work => queueMicrotask(work),
}

/**
 * The contract of transports, held by those of this runtime with sockets of this runtime at both ends.
 *
 * @param {boolean} canPause whether the WebSockets of the runtime can stop reading
 */
export async function complianceOf(canPause) {
  const subjects = {
    ws: { factory: websocket(), listenAddress: 'ws://127.0.0.1:0/mesh', pausesPeer: canPause },
    tcp: { factory: tcp(), listenAddress: 'tcp://127.0.0.1:0', pausesPeer: true },
  }
  const results = []
  for (const [name, subject] of Object.entries(subjects)) {
    const startMs = performance.now()
    const cases = transportCompliance({ ...subject, ports })
    const failures = await failuresOf(cases)
    const ok = failures.length === 0 && cases.length > 0
    const cannot = subject.pausesPeer ? '' : ', cannot stop reading'
    const note = ok ? `${cases.length} cases${cannot}` : failures.join('\n')
    results.push({ name: `contract of ${name}`, ok, ms: performance.now() - startMs, note })
  }
  return results
}

async function failuresOf(cases) {
  const failures = []
  for (const { name, run } of cases) {
    await run().catch(error => failures.push(`${name}: ${error?.stack ?? error}`))
  }
  return failures
}
