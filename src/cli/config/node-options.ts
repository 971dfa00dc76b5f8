import type { NodeOptions } from '../../node/api/options.js'
import { tcp } from '../../transports/tcp/node.js'
import { websocket } from '../../transports/websocket/node.js'
import type { Settings } from './keys.js'
import type { LoadedTls } from './tls-files.js'

/** Longest agent text a node may tell its peers. */
const MAX_AGENT_CHARS = 64

/** What a configuration means for a node. */
export function nodeOptionsOf(
  settings: Settings,
  passphrase: string | undefined,
  tls: LoadedTls | undefined,
): NodeOptions {
  const threshold = settings['performance.compression_threshold']
  const timeoutS = settings['network.connection_timeout']
  const transport = tls === undefined ? {} : { tls: tls.tls }
  return dropUndefined({
    network: settings['network.name'],
    listen: settings['network.listen_address'] ?? ['ws://0.0.0.0:8000'],
    advertise: settings['network.external_address'],
    bootstrap: settings['network.bootstrap_nodes'],
    connectionTimeoutMs: timeoutS === undefined ? undefined : Math.round(timeoutS * 1000),
    agent: agentOf(settings['node.name']),
    identity: identityOf(settings, passphrase),
    store: settings['storage.path'],
    transports: [websocket(transport), tcp(transport)],
    maxPeers: maxPeersOf(settings),
    connectionPoolSize: settings['performance.connection_pool_size'],
    maxBatchMessages: settings['performance.message_batch_size'],
    compressionThresholdBytes: threshold,
    // Whoever names a threshold wants compression, unless the file says otherwise.
    compress: settings['performance.compression'] ?? (threshold === undefined ? undefined : true),
    maxMessageBytes: settings['performance.max_message_size'],
    admission: dropUndefined({
      maxConnections: settings['network.max_connections'],
      maxConnectionsPerHost: settings['network.max_connections_per_host'],
      exemptLoopback: settings['network.exempt_loopback'],
    }),
  })
}

/** `max_connections` bounds what comes in, `connection_pool_size` what is dialled beside it; together the peers. */
function maxPeersOf(settings: Settings): number | undefined {
  const inbound = settings['network.max_connections']
  const dialled = settings['performance.connection_pool_size']
  if (inbound === undefined && dialled === undefined) return undefined
  return Math.min(100_000, (inbound ?? 1024) + (dialled ?? 1024))
}

function agentOf(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `hyphae/0.1 ${name}`.slice(0, MAX_AGENT_CHARS)
}

function identityOf(settings: Settings, passphrase: string | undefined): NodeOptions['identity'] {
  const suite = settings['security.signature_algorithm']
  const path = settings['identity.path']
  if (suite === undefined && path === undefined && passphrase === undefined) return undefined
  return dropUndefined({ path, suite, passphrase })
}

/** Options that are not set must not stand there as undefined: some of them are spread over defaults. */
function dropUndefined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
