// A goal of a row: a limit in its unit, a ratio to peers of the same run, or both.

/**
 * @typedef {object} Goal
 * @property {number} [limit] in the row's unit: at most this for times and sizes, at least this for rates
 * @property {Record<string, number>} [ahead] how many times as good as a peer; below 1 the goal is to come that near
 */

/**
 * Whether a goal is met. A peer that was not there is no reason to miss: its part is left out, and when nothing is left
 * the answer is null, as it is without a goal.
 *
 * @param {Goal | null} goal
 * @param {{ value: number, ratios: Record<string, number>, isLess: boolean }} measured
 * @returns {boolean | null}
 */
export function judge(goal, { value, ratios, isLess }) {
  if (goal === null) return null
  const parts = []
  if (goal.limit !== undefined) parts.push(isLess ? value <= goal.limit : value >= goal.limit)
  for (const [peer, wanted] of Object.entries(goal.ahead ?? {})) {
    if (ratios[peer] !== undefined) parts.push(ratios[peer] >= wanted)
  }
  return parts.length === 0 ? null : parts.every(Boolean)
}

/** A goal for people, e.g. `≤ 0.3 µs, ≥ 8 × node:crypto, ahead of noble`. */
export function goalText(goal, unit, isLess) {
  if (goal === null) return '–'
  const limit = goal.limit === undefined ? [] : [`${isLess ? '≤' : '≥'} ${goal.limit.toLocaleString('en')} ${unit}`]
  const ratios = Object.entries(goal.ahead ?? {})
  const far = ratios
    .filter(([, ratio]) => ratio !== 1)
    .map(([peer, ratio]) => `≥ ${Number(ratio.toFixed(2))} × ${peer}`)
  const near = ratios.filter(([, ratio]) => ratio === 1).map(([peer]) => peer)
  return [...limit, ...far, ...(near.length > 0 ? [`ahead of ${near.join(' and ')}`] : [])].join(', ')
}

/** The parts of a goal that can be judged beside these peers; null when there are none. */
export function applicable(goal, peers) {
  if (goal === null) return null
  const ahead = Object.fromEntries(Object.entries(goal.ahead ?? {}).filter(([peer]) => peers.includes(peer)))
  if (goal.limit === undefined && Object.keys(ahead).length === 0) return null
  return { ...goal, ahead }
}
