import { bareTcp } from './bare-tcp.mjs'
import { bareWs } from './bare-ws.mjs'
import { hyperdht } from './hyperdht.mjs'
import { hyphaeTcp, hyphaeWs } from './hyphae.mjs'
import { libp2pTcp, libp2pWs } from './libp2p.mjs'
import { nats } from './nats.mjs'
import { secretStream } from './secret-stream.mjs'

/**
 * @typedef {object} Contender
 * @property {string} name in tables
 * @property {string} [package] where it is one of bench/peers, which may not be installed
 * @property {string} [bring] the command that brings what else it needs
 * @property {number} [needsNode] the oldest major version of Node it runs on
 * @property {boolean} [listensElsewhere] its connections are accepted by a process that is not measured
 * @property {'tcp' | 'ws'} transport the rows it takes part in
 * @property {(arrivals: import('../arrivals.mjs').Arrivals) => Promise<{ address: unknown, close(): unknown }>} serve the
 *   listening side, which tells what arrives; its address survives JSON
 * @property {(address: any) => Promise<Client>} connect the dialling side
 *
 * @typedef {object} Client
 * @property {(options: { known: boolean }) => Promise<() => Promise<() => Promise<() => unknown>>>} dialer gives what
 *   prepares a dial, which gives the dial, which gives what hangs up
 * @property {(kind: 'echo' | 'count' | 'web') => Promise<Channel>} channel an open stream; `web` by WHATWG streams
 * @property {(body: Uint8Array) => Promise<unknown>} [requestOwn] a request that shares no order with any other
 * @property {(body: Uint8Array) => Promise<() => Promise<unknown>>} requester prepares requests of which many are under way
 * @property {(body: Uint8Array) => unknown} [send] a message of its own
 * @property {() => unknown} close
 *
 * @typedef {object} Channel
 * @property {(bytes: Uint8Array) => boolean} send false when its user has to wait
 * @property {() => Promise<unknown>} drained resolves when it is time to go on
 * @property {(take: (bytes: number) => void) => void} onBytes
 */

/** Everything that is measured, in the order of the columns. @type {Contender[]} */
export const contenders = [hyphaeTcp, hyphaeWs, libp2pTcp, libp2pWs, secretStream, hyperdht, nats, bareTcp, bareWs]
