// Who is let in and who is not, where TLS is the runtime's own: each runtime maps the options in another way.
import { createNode } from 'hyphae'
import { tcp } from 'hyphae/transports/tcp'
import { websocket } from 'hyphae/transports/websocket'
import { describe, expect, expectEqual, rejectionOf, TIMEOUT_MS } from './common.mjs'

/**
 * The step `trust`: dials the server with wrong and right ideas of whom to trust, and has the server dial listeners here.
 *
 * @param {object} certificates `ca`, `cert`, `key`, `pin` of the server, and the authority `foreignCa`, which is not its own
 */
export const trusts =
  ({ ca, cert, key, pin, foreignCa }) =>
  async ({ task, node, peer }) => {
    const { address } = task
    const places = await node.request(peer, 'tls:places', undefined, { timeoutMs: TIMEOUT_MS })
    const otherPin = `${pin.startsWith('A') ? 'B' : 'A'}${pin.slice(1)}`

    await refuses('a key that is not pinned', address, { ca, pins: [otherPin] }, ['PIN_MISMATCH'])
    await refuses('a foreign authority', address, { ca: foreignCa }, ['CERTIFICATE_INVALID'])
    await refuses('another name', address, { ca, serverName: 'other.example' }, ['CERTIFICATE_INVALID'])
    // A right pin comes on top of a valid chain; only pinOnly replaces it.
    const pins = [pin]
    await refuses('a foreign authority of a pinned key', address, { ca: foreignCa, pins }, ['CERTIFICATE_INVALID'])
    await refuses('another name of a pinned key', address, { ca, pins, serverName: 'other.example' }, [
      'CERTIFICATE_INVALID',
    ])
    await refuses('TLS 1.2', places.old, { ca }, ['DIAL_FAILED'])
    await reaches('the pinned key alone', address, { pins, pinOnly: true })
    await refuses('a dialler without a certificate', places.mutual, { ca }, ['DIAL_FAILED', 'HANDSHAKE_FAILED'])
    await reaches('a server that asks for a certificate', places.mutual, { ca, cert, key })
    await refuses('an authority nobody knows, at wss://', places.foreign, undefined, [
      'DIAL_FAILED',
      'CERTIFICATE_INVALID',
    ])

    // Where the WebSockets of the runtime take such options at all.
    if (task.trustWss !== undefined) {
      await refuses('a key that is not pinned', task.trustWss, { ca, pins: [otherPin] }, ['PIN_MISMATCH'])
      await refuses('a foreign authority', task.trustWss, { ca: foreignCa }, ['CERTIFICATE_INVALID'])
      await reaches('the pinned key of a server', task.trustWss, { ca, pins, cert, key })
    }

    const schemes = task.listenTls
    for (const scheme of schemes) await listens({ scheme, node, peer, tls: { ca, cert, key } })
    return `dialled, listened at ${schemes.join(', ')}`
  }

async function dial(address, tls) {
  const ofWebSocket = tls !== undefined && address.startsWith('wss:') ? { tls } : {}
  const transports = [websocket(ofWebSocket), tls === undefined ? tcp() : tcp({ tls })]
  const node = await createNode({ transports })
  try {
    await node.connect(address, { timeoutMs: 5000 })
  } finally {
    await node.close()
  }
}

async function refuses(what, address, tls, codes) {
  const error = await rejectionOf(dial(address, tls))
  expect(codes.includes(error?.code), `${what} at ${address} was answered with ${describe(error)}`)
}

const reaches = (what, address, tls) =>
  dial(address, tls).catch(error => {
    throw new Error(`${what} at ${address} was refused`, { cause: error })
  })

/** Nothing older than TLS 1.3 gets in, and where a certificate is asked for, nobody without one. */
async function listens({ scheme, node, peer, tls }) {
  for (const requireClientCertificate of [false, true]) {
    const options = { tls: { ...tls, requireClientCertificate } }
    const transports = [scheme === 'wss' ? websocket(options) : tcp(options)]
    const listener = await createNode({ transports, listen: [`${scheme}://127.0.0.1:0`] })
    try {
      const address = `${listener.addresses[0]}#${listener.id}`
      const seen = await node.request(peer, 'tls:probe', address, { timeoutMs: TIMEOUT_MS })
      expect(seen.old !== 'TLSv1.2', `a listener at ${scheme}:// speaks TLS 1.2`)
      expectEqual(seen.withCertificate, 'connected', `dial with a certificate at ${scheme}://`)
      const wanted = requireClientCertificate ? 'refused' : 'connected'
      expectEqual(seen.without, wanted, `dial without a certificate at ${scheme}://`)
    } finally {
      await listener.close({ timeoutMs: 0 })
    }
  }
}
