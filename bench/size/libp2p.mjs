import { existsSync } from 'node:fs'
import { at } from '../../scripts/lib/project.mjs'
import { bundleBytes } from './measure.mjs'

/** What a program imports of js-libp2p for sessions over WebSocket, and what it adds for a mesh. */
const SESSIONS = {
  libp2p: 'createLibp2p',
  '@libp2p/websockets': 'webSockets',
  '@libp2p/noise': 'noise',
  '@libp2p/yamux': 'yamux',
}
const MESH = {
  ...SESSIONS,
  '@libp2p/identify': 'identify',
  '@libp2p/ping': 'ping',
  '@libp2p/kad-dht': 'kadDHT',
  '@libp2p/gossipsub': 'gossipsub',
}

const programOf = imports =>
  Object.entries(imports)
    .map(([name, symbol]) => `export { ${symbol} } from '${name}'`)
    .join('\n')

/**
 * js-libp2p's bundles, measured as ours are, by what they hold; undefined where bench/peers is not installed.
 *
 * @returns {Promise<Record<string, { first: number, whole: number }> | undefined>} bytes of gzip
 */
export async function libp2pBytes() {
  const resolveDir = at('bench/peers')
  if (!existsSync(at('bench/peers/node_modules/libp2p'))) return undefined
  const measured = imports => bundleBytes({ stdin: { contents: programOf(imports), resolveDir } })
  return {
    'js-libp2p': await measured(SESSIONS),
    'js-libp2p with identify, ping, kad-dht, gossipsub': await measured(MESH),
  }
}
