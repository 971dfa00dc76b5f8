import { existsSync, readFileSync } from 'node:fs'
import { at, readStamp, sha256, writeStamp } from '../../scripts/lib/project.mjs'
import { npm } from '../../scripts/lib/run.mjs'

const folder = at('bench/peers')
const stamp = at('bench/peers/node_modules/.hyphae-lock')

/** What brings the peers when installing them by itself failed. */
export const BRING_PEERS = 'npm ci --prefix bench/peers'

/** The Node 24 among the peers. */
export const node24Program = at('bench/peers/node_modules/node/bin/node')

export const hasNode24 = () => existsSync(node24Program)

/**
 * Installs the packages of bench/peers where their lock file changed: when a benchmark wants them, never before.
 *
 * @param {(line: string) => void} say tells that it takes a while
 * @returns {Promise<string | undefined>} why it failed; the benchmark runs without the peers then
 */
export async function installPeers(say) {
  const wanted = sha256(`${readFileSync(at('bench/peers/package-lock.json'))}${process.platform} ${process.arch}`)
  if (readStamp(stamp) === wanted) return undefined
  say('bench: installing the peers of bench/peers from npm (about 320 MB, once)')
  // The newest of them ask for Node 22 or later, and get it: they run in the Node that comes with them.
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
  if (code !== 0) return output.trim().split('\n')[0] || `npm ended with code ${code}`
  writeStamp(stamp, wanted)
  return undefined
}
