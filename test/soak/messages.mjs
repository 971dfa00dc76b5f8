// One-way messages in bursts. After a burst its sender asks the receiver what came of it: what was acknowledged must be
// there, in order, and not twice beyond what its quality of service allows.

/** How long what was received is kept for a question that may never come, ms. */
const KEPT_MS = 90_000

/** What a node received, by burst. */
export class Received {
  #bursts = new Map()

  note({ burst, number, fill }) {
    let entry = this.#bursts.get(burst)
    if (entry === undefined) {
      this.#forgetOld()
      this.#bursts.set(burst, (entry = { numbers: [], wrong: 0, atMs: performance.now() }))
    }
    entry.numbers.push(number)
    if (fill.length > 0 && (fill[0] !== (number & 255) || fill.at(-1) !== (number & 255))) entry.wrong++
  }

  /** Numbers received of a burst, in order; it is forgotten then. */
  take(burst) {
    const entry = this.#bursts.get(burst)
    this.#bursts.delete(burst)
    return entry ?? { numbers: [], wrong: 0 }
  }

  #forgetOld() {
    const oldMs = performance.now() - KEPT_MS
    for (const [burst, { atMs }] of this.#bursts) {
      if (atMs > oldMs) return
      this.#bursts.delete(burst)
    }
  }
}

/**
 * Holds what the receiver tells against what the sender knows.
 *
 * @param qos - 0 or 2: never twice; 1: perhaps twice
 * @param acknowledged - numbers whose acknowledgement came
 * @returns what is wrong, if anything
 */
export function audit(qos, sent, acknowledged, { numbers, wrong }) {
  if (wrong > 0) return `${wrong} bodies with wrong bytes`
  const seen = new Set()
  let highest = -1
  for (const number of numbers) {
    if (number < 0 || number >= sent) return `number ${number} of ${sent} was never sent`
    if (seen.has(number)) {
      if (qos !== 1) return `number ${number} came twice at qos ${qos}`
      continue
    }
    if (number < highest) return `number ${number} came after ${highest} at qos ${qos}`
    seen.add(number)
    highest = number
  }
  const lost = acknowledged.filter(number => !seen.has(number))
  return lost.length === 0 ? undefined : `acknowledged but never handled at qos ${qos}: ${lost.slice(0, 5).join(', ')}`
}

/** A burst of messages of one quality and priority; answers the numbers that were acknowledged. */
export async function sendBurst(node, peer, random, burst, { qos, priority, count }, ledger) {
  const controller = new AbortController()
  const sending = []
  for (let number = 0; number < count; number++) {
    const fill = new Uint8Array(random.size(4096)).fill(number & 255)
    const options = { qos, priority, lifetimeMs: 15_000 }
    if (random.chance(0.02)) options.signal = controller.signal
    sending.push(node.send(peer, 'note', { burst, number, fill }, options))
    if (random.chance(0.1)) await new Promise(resolve => setImmediate(resolve))
  }
  controller.abort()
  const outcomes = await Promise.allSettled(sending)
  const acknowledged = []
  outcomes.forEach((outcome, number) => {
    if (outcome.status === 'rejected') return ledger.failed('message', outcome.reason)
    ledger.done(`messages qos ${qos}`)
    if (outcome.value === 'acknowledged') acknowledged.push(number)
  })
  return acknowledged
}
