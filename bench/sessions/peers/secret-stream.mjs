import { secretStreamPackage } from '../../peers/session-packages.mjs'
import { listen, open } from './bare-tcp.mjs'
import { answer, clientOf } from './duplex.mjs'

/** The encrypted stream of hyperswarm over a TCP socket: noise and libsodium, one record a write. */
export const secretStream = {
  name: 'secret-stream',
  package: '@hyperswarm/secret-stream',
  transport: 'tcp',

  async serve(arrivals) {
    const SecretStream = await secretStreamPackage()
    const keyPair = SecretStream.keyPair()
    return listen(socket => answer(new SecretStream(false, socket, { keyPair }), arrivals))
  },

  async connect(port) {
    const SecretStream = await secretStreamPackage()
    const keyPair = SecretStream.keyPair()
    return clientOf(async () => {
      const stream = new SecretStream(true, await open(port), { keyPair })
      if (!(await stream.opened)) throw new Error('the handshake failed')
      return stream
    })
  },
}
