/** Seconds as a short column, e.g. `  3.2 s`. */
export const seconds = ms => `${(ms / 1000).toFixed(1).padStart(6)} s`

/**
 * Runs one named piece of work and prints one line about it. Output goes to stderr, so that a command's own stdout stays
 * machine-readable; a piece that takes long says every ten seconds that it is alive.
 *
 * @param {string} name
 * @param {() => Promise<string | void> | string | void} work answers a few words about what it did; throws when it failed
 * @returns {Promise<{ name: string, ok: boolean, ms: number }>}
 */
export async function step(name, work) {
  const startMs = performance.now()
  const elapsedMs = () => performance.now() - startMs
  const alive = setInterval(() => console.error(`  …     ${seconds(elapsedMs())}  ${name} is still running`), 10_000)
  try {
    const note = await work()
    console.error(`  ok    ${seconds(elapsedMs())}  ${name}${note ? `: ${note}` : ''}`)
    return { name, ok: true, ms: elapsedMs() }
  } catch (error) {
    console.error(`  FAIL  ${seconds(elapsedMs())}  ${name}`)
    console.error(indent(error instanceof Error ? error.message : String(error)))
    return { name, ok: false, ms: elapsedMs() }
  } finally {
    clearInterval(alive)
  }
}

const indent = text => text.replace(/^/gm, '        ')

/** Runs steps in order and stops at the first failure. Returns whether all passed. */
export async function inOrder(steps) {
  for (const [name, work] of steps) if (!(await step(name, work)).ok) return false
  return true
}

/** Runs all steps, at most `width` at once, failures included, so that one run shows everything that is wrong. */
export async function sideBySide(steps, width = 2) {
  const waiting = [...steps]
  const results = []
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await step(...next))
  }
  await Promise.all(Array.from({ length: width }, lane))
  return results
}

/** Throws the findings as one message when there are any: how every checker fails. */
export function failOn(findings, remedy) {
  if (findings.length === 0) return
  const shown = findings.slice(0, 60)
  if (findings.length > shown.length) shown.push(`… and ${findings.length - shown.length} more`)
  throw new Error([...shown, ...(remedy ? [remedy] : [])].join('\n'))
}
