import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Large enough that nothing is collected while an operation is counted. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512']

/**
 * Bytes of heap that each operation allocates, both ends together where there are two.
 *
 * @returns {Promise<Record<string, number>>} by operation
 */
export async function countAllocations() {
  const script = fileURLToPath(new URL('count.mjs', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, script])
  return JSON.parse(stdout)
}
