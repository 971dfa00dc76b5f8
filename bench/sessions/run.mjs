import { alternate, medians } from '../lib/measure.mjs'
import { resultOf } from '../lib/report.mjs'

export const SUITE = 'sessions'

/** Turns of each contender in a row, what one should take, and the warm-up before. */
const DEFAULTS = { rounds: 5, turnMs: 80, warmMs: 120, mostMs: 15_000 }

/**
 * Measures rows one after the other, all contenders of a row in turns. One that fails is left out of that row and told of;
 * where that is hyphae, the row is.
 *
 * @param {import('./rows.mjs').Row[]} rows
 * @param {import('./peers/index.mjs').Contender[]} contenders
 * @param {(contender: object, processes: 1 | 2) => Promise<object>} pairOf both ends of a contender
 * @param {{ onRow?(result: object): void, onTrouble?(trouble: { row: string, name: string, reason: string }): void }} on
 * @returns {Promise<object[]>} results in the shape of bench/lib/report.mjs
 */
export async function measureRows(rows, contenders, pairOf, { onRow, onTrouble } = {}, options = {}) {
  const settings = { ...DEFAULTS, ...options }
  const results = []
  for (const row of rows) {
    const failed = new Set()
    const guarded = async (name, work) => {
      if (failed.has(name)) return NaN
      try {
        return await within(settings.mostMs, work())
      } catch (error) {
        failed.add(name)
        onTrouble?.({ row: row.row, name, reason: String(error?.message ?? error) })
        return NaN
      }
    }
    const turns = {}
    for (const contender of contenders.filter(({ transport }) => transport === row.transport)) {
      const { name } = contender
      const turn = await guarded(name, async () => {
        const run = await row.load(await pairOf(contender, row.processes))
        return run && (await warm(run, row.value, { ...settings, warmMs: row.warmMs ?? settings.warmMs }))
      })
      if (!failed.has(name) && turn) turns[name] = () => guarded(name, turn)
    }
    const lists = await alternate(turns, settings.rounds)
    for (const name of failed) delete lists[name]
    if (lists.hyphae === undefined) continue
    const result = resultOf({ suite: SUITE, ...row }, medians(lists))
    results.push(result)
    onRow?.(result)
  }
  return results
}

/** Runs it until it is warm; gives a turn, which does it as often as fits into its time. */
async function warm(run, value, { turnMs, warmMs }) {
  let times = 1
  let ms = await run(times)
  for (let sumMs = ms; sumMs < warmMs; sumMs += ms) {
    // The first calls are the slow ones: not more than eightfold at once.
    times = Math.max(1, Math.min(times * 8, paced(times, ms, turnMs)))
    ms = await run(times)
  }
  const count = paced(times, ms, turnMs)
  return async () => value(count, await run(count))
}

/** How many take so long. */
const paced = (times, ms, turnMs) => Math.max(1, Math.round((times * turnMs) / Math.max(ms, 0.01)))

/** A contender that hangs must not hold the others up. */
function within(mostMs, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, mostMs, new Error(`no end after ${mostMs} ms`))
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
