// Counts of living instances by class, before and after cycles of opening, using and closing.
import assert from 'node:assert/strict'
import { queryObjects } from 'node:v8'

/** The first cycles fill caches that stay, such as prepared keys. */
const WARM_UP_CYCLES = 2
const CYCLES = 5
/** What ends in the background (sockets, streams of the platform) gets so many looks to end. */
const LOOKS = 60
const LOOK_MS = 50

const turn = ms => new Promise(resolve => setTimeout(resolve, ms))

/** Live instances by class, after full collections: V8 walks its heap for them. */
const census = classes => Object.fromEntries(classes.map(one => [one.name, queryObjects(one, { format: 'count' })]))

/** Counts once they stay the same, or `done` holds. */
async function settled(classes, done) {
  let last = census(classes)
  for (let look = 0, same = 0; look < LOOKS && same < 2 && !done(last); look++) {
    await turn(LOOK_MS)
    const now = census(classes)
    same = JSON.stringify(now) === JSON.stringify(last) ? same + 1 : 0
    last = now
  }
  return last
}

/**
 * Runs a cycle a few times, counts, runs it more often, and prints which counts did not come back to where they were.
 *
 * @param classes - constructors, each of which the cycle must make at least one of
 * @param cycle - calls what it is given while its things live
 */
export async function expectCollected(classes, cycle) {
  let living = {}
  for (let i = 0; i < WARM_UP_CYCLES; i++) await cycle(() => undefined)
  await cycle(() => (living = census(classes)))
  const before = await settled(classes, () => false)
  for (const { name } of classes) assert.ok(living[name] > before[name], `${name}: ${living[name]} > ${before[name]}`)
  for (let i = 0; i < CYCLES; i++) await cycle(() => undefined)
  const isBack = now => Object.entries(now).every(([name, count]) => count <= before[name])
  const after = await settled(classes, isBack)
  const left = Object.entries(after).filter(([name, count]) => count > before[name])
  console.log(JSON.stringify({ outlived: Object.fromEntries(left), cycles: CYCLES }))
}
