const SESSION = ['handshake', 'requests', 'messages', 'stream out', 'stream in', 'reconnection']

/** What a runtime without sockets of its own says it cannot do. */
const BEYOND_WEBSOCKET = [
  { listen: ['ws://127.0.0.1:0'] },
  { listen: ['tcp://127.0.0.1:0'] },
  { store: './state' },
  { identity: { path: './identity' } },
]

/** Everything once, over plain WebSocket, with the server connecting back. */
const whole = { steps: ['kernels', ...SESSION, 'suites', 'inbound', 'simulation'], listen: [], refuses: [] }

/** The session over one more kind of carrier. */
const session = { steps: SESSION, listen: [], refuses: [] }

/**
 * Tasks of a runtime with sockets, by where it dials. `refused`: schemes it cannot listen at; `trustsWss`: whether it takes
 * pins and authorities for `wss://`.
 */
export function tasksWithSockets({ runtime, addresses, requests, refused = [], trustsWss = true }) {
  const common = { runtime, requests }
  const schemes = ['ws', 'tcp', 'wss', 'tls'].filter(scheme => !refused.includes(scheme))
  const refuses = refused.map(scheme => ({ listen: [`${scheme}://127.0.0.1:0`] }))
  const listen = schemes.map(scheme => `${scheme}://127.0.0.1:0`)
  const steps = refuses.length > 0 ? [...whole.steps, 'refusals'] : whole.steps
  return {
    ws: { ...whole, ...common, address: addresses.ws, listen, refuses, steps, secured: schemes },
    tcp: { ...session, ...common, address: addresses.tcp },
    wss: { ...session, ...common, address: addresses.wss },
    tls: {
      ...session,
      ...common,
      address: addresses.tls,
      trustWss: trustsWss ? addresses.wss : undefined,
      secured: ['tls'],
      steps: [...SESSION, 'trust'],
      listenTls: schemes.filter(scheme => scheme === 'wss' || scheme === 'tls'),
    },
  }
}

/** Tasks of a runtime that has nothing but WebSockets to dial with. */
export function tasksOfClient({ runtime, addresses, requests }) {
  const common = { runtime, requests, refuses: BEYOND_WEBSOCKET, isLean: true }
  const steps = ['kernels', ...SESSION, 'suites', 'refusals', 'simulation']
  return {
    ws: { ...whole, ...common, address: addresses.ws, steps },
    wss: { ...session, ...common, address: addresses.wss },
  }
}
