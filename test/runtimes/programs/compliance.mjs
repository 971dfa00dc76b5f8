import { transportCompliance } from 'hyphae/testing'

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
 * @param {Record<string, object>} subjects by name, as `transportCompliance` takes them, without ports
 */
export async function complianceOf(subjects) {
  const results = []
  for (const [name, subject] of Object.entries(subjects)) {
    const startMs = performance.now()
    const cases = transportCompliance({ ...subject, ports })
    const failures = await failuresOf(cases)
    const ok = failures.length === 0 && cases.length > 0
    const cannot = [
      subject.pausesPeer ? [] : ['cannot stop reading'],
      subject.tellsFull === false ? ['cannot tell that it is full'] : [],
    ].flat()
    const note = ok ? [`${cases.length} cases`, ...cannot].join(', ') : failures.join('\n')
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
