import { hyperdhtPackages } from '../../peers/session-packages.mjs'
import { answer, clientOf } from './duplex.mjs'

/** Nodes of the DHT that looks the listening side up. */
const NODES = 3

/** hyperdht as its users dial: a lookup by key, then the encrypted stream over its own transport on UDP. */
export const hyperdht = {
  name: 'hyperdht',
  package: 'hyperdht',
  transport: 'tcp',

  async serve(arrivals) {
    const { createTestnet } = await hyperdhtPackages()
    const testnet = await createTestnet(NODES)
    const server = testnet.createNode({ firewalled: false }).createServer(stream => answer(stream, arrivals))
    await server.listen()
    const address = { bootstrap: testnet.bootstrap, publicKey: server.publicKey.toString('hex') }
    return { address, close: () => testnet.destroy() }
  },

  async connect({ bootstrap, publicKey }) {
    const { DHT } = await hyperdhtPackages()
    const node = new DHT({ bootstrap, ephemeral: true, firewalled: false, host: '127.0.0.1' })
    await node.fullyBootstrapped()
    const key = Buffer.from(publicKey, 'hex')
    const dial = async () => {
      const stream = node.connect(key)
      if (!(await stream.opened)) throw new Error('the peer was not reached')
      return stream
    }
    return clientOf(dial, () => node.destroy({ force: true }))
  },
}
