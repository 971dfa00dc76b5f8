// The packages of this folder that sessions are measured against; names are resolved from where the importing file lies.
// Apart from packages.mjs, which pages bundle: none of these is for browsers.

/** js-libp2p with what a node needs to talk. */
export async function libp2pPackages() {
  const [{ createLibp2p }, { noise }, { yamux }, { tcp }, { webSockets }, { multiaddr }] = await Promise.all([
    import('libp2p'),
    import('@libp2p/noise'),
    import('@libp2p/yamux'),
    import('@libp2p/tcp'),
    import('@libp2p/websockets'),
    import('@multiformats/multiaddr'),
  ])
  return { createLibp2p, noise, yamux, tcp, webSockets, multiaddr }
}

/** The encrypted stream of hyperswarm, over any other stream. */
export const secretStreamPackage = async () => (await import('@hyperswarm/secret-stream')).default

/** The DHT of hyperswarm with its own transport, and a small one on loopback to look up in. */
export async function hyperdhtPackages() {
  const [{ default: DHT }, { default: createTestnet }] = await Promise.all([
    import('hyperdht'),
    import('hyperdht/testnet.js'),
  ])
  return { DHT, createTestnet }
}

export const natsPackage = () => import('@nats-io/transport-node')

export const wsPackage = () => import('ws')
