// How every suite measures: candidates take turns, so that a noisy moment of the machine hits all of them; what counts is
// the median of the turns and the ratio within one run. Runs in Node and in browsers.

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Medians by name of lists by name. */
export const medians = lists =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, median(values)]))

const LEAST_TURNS = 5

/**
 * Lets every candidate have its turn in every round. The order moves on by one each round, so that none always runs
 * behind the same other one (in its caches, or in the garbage it left).
 *
 * @param {Record<string, () => number | Promise<number>>} turns each answers the value of one turn
 * @param {number} rounds
 * @param {{ mostMs?: number, now?: () => number }} options from `mostMs` in all on a slow one sits out, after five turns at least
 * @returns {Promise<Record<string, number[]>>} values by name
 */
export async function alternate(turns, rounds, { mostMs = Infinity, now = clock } = {}) {
  const entries = Object.entries(turns)
  const lists = Object.fromEntries(entries.map(([name]) => [name, []]))
  const spentMs = Object.fromEntries(entries.map(([name]) => [name, 0]))
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < entries.length; i++) {
      const [name, turn] = entries[(i + round) % entries.length]
      if (spentMs[name] >= mostMs && lists[name].length >= LEAST_TURNS) continue
      const startMs = now()
      lists[name].push(await turn())
      spentMs[name] += now() - startMs
    }
  }
  return lists
}

/**
 * Calls of `work` that take about `turnMs`, found while warming it up: an engine optimises what ran often, so a warm-up
 * lasts for `warmMs` and at least `warmCalls`, but no longer than `mostMs` for slow work.
 */
export function calibrate(work, { turnMs = 0.5, warmMs = 150, warmCalls = 3000, mostMs = 600, now = clock } = {}) {
  let calls = 0
  let batch = 1
  let elapsedMs = 0
  const startMs = now()
  while ((elapsedMs < warmMs || calls < warmCalls) && elapsedMs < mostMs) {
    for (let i = 0; i < batch; i++) work()
    calls += batch
    elapsedMs = now() - startMs
    // Looking at the clock after each call would be most of what is measured of the quickest.
    batch = Math.max(1, Math.min(calls, Math.floor((calls / Math.max(elapsedMs, 0.01)) * 4)))
  }
  // The first calls were the slow ones: the best pace at the end decides.
  const paceMs = Math.min(...[1, 2, 3].map(() => timed(work, batch, now))) / batch
  return Math.max(1, Math.round(turnMs / Math.max(paceMs, 1e-6)))
}

/** Milliseconds that so many calls take. */
function timed(work, calls, now) {
  const startMs = now()
  for (let i = 0; i < calls; i++) work()
  return now() - startMs
}

/**
 * Nanoseconds a call of each candidate: medians of interleaved rounds. Many short turns rather than few long ones: on a
 * machine with other work most turns of half a millisecond pass undisturbed, and the median leaves the others out.
 *
 * @param {Record<string, () => unknown>} candidates
 * @param {{ rounds?: number, turnMs?: number, now?: () => number }} options
 * @returns {Promise<Record<string, number>>}
 */
export async function compare(candidates, { rounds = 121, turnMs = 0.5, now = clock, ...warmUp } = {}) {
  const turns = Object.entries(candidates).map(([name, work]) => {
    const calls = calibrate(work, { turnMs, now, ...warmUp })
    return [name, () => (timed(work, calls, now) / calls) * 1e6]
  })
  return medians(await alternate(Object.fromEntries(turns), rounds, { mostMs: MOST_MS, now }))
}

/** What a candidate of {@link compare} takes at most in all its turns: some peers need a third of a second a call. */
const MOST_MS = 2000

const clock = () => performance.now()
