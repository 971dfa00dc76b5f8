// What is measured, with the goals of docs/performance.md.
import {
  accepts,
  bulk,
  bulkByWeb,
  CHUNK_MB,
  dials,
  manyRequests,
  messages,
  ownRequests,
  roundTrips,
  smallOneWay,
} from './loads.mjs'

const each = (times, ms) => ms / times
const perSecond = (times, ms) => (times / ms) * 1000
const megabytes = (times, ms) => perSecond(times, ms) * CHUNK_MB

/** As near to a bare socket of the same transport as this, where 1 is as good. */
const near = (transport, ratio) => ({ ahead: { [`bare ${transport}`]: ratio } })

/** A goal that depends on the version of Node: its native ciphers and KEM differ. */
const byNode = (node20, node24) => (transport, major) => (major >= 22 ? node24 : node20)

/** A handshake runs through much code seldom: it takes longer until the engine has optimised it. */
const HANDSHAKE_WARM_MS = 800

/** Rows of both transports: `goal` of a transport and a version of Node. */
const kinds = [
  {
    about: 'dial, peer known',
    unit: 'ms',
    load: dials({ known: true }),
    warmMs: HANDSHAKE_WARM_MS,
    value: each,
    goal: byNode({ limit: 2 }, { limit: 1.2 }),
  },
  {
    about: 'dial, first contact',
    unit: 'ms',
    load: dials({ known: false }),
    warmMs: HANDSHAKE_WARM_MS / 2,
    value: each,
    goal: byNode({ limit: 6 }, { limit: 2.5 }),
  },
  {
    about: 'round trip 100 B, open stream',
    unit: 'ms',
    load: roundTrips,
    value: each,
    goal: transport => near(transport, 1 / 1.4),
  },
  {
    about: 'request on a stream of its own',
    unit: 'ms',
    load: ownRequests,
    value: each,
    goal: () => ({ limit: 0.04 }),
  },
  {
    about: 'one-way 100 B, stream',
    unit: '/s',
    load: smallOneWay,
    value: perSecond,
    goal: transport => ({ limit: transport === 'tcp' ? 2_000_000 : 800_000 }),
  },
  {
    about: 'one-way 100 B, messages',
    unit: '/s',
    load: messages,
    value: perSecond,
    goal: transport => ({ limit: transport === 'tcp' ? 1_000_000 : 800_000 }),
  },
  {
    about: 'one-way 100 B, stream, two processes',
    unit: '/s',
    processes: 2,
    load: smallOneWay,
    value: perSecond,
    goal: transport => ({ limit: transport === 'tcp' ? 700_000 : 500_000 }),
  },
  {
    about: 'one-way 100 B, messages, two processes',
    unit: '/s',
    processes: 2,
    load: messages,
    value: perSecond,
    goal: transport => ({ limit: transport === 'tcp' ? 700_000 : 500_000 }),
  },
  {
    about: 'requests, 64 in flight',
    unit: '/s',
    load: manyRequests,
    value: perSecond,
    goal: () => ({ limit: 80_000 }),
  },
  {
    about: 'bulk in 64 KiB',
    unit: 'MB/s',
    load: bulk,
    value: megabytes,
    goal: (transport, major) => near(transport, transport === 'ws' ? 0.7 : major >= 22 ? 0.25 : 0.4),
  },
  { about: 'bulk in 64 KiB, web streams', unit: 'MB/s', load: bulkByWeb, value: megabytes },
  {
    about: 'accepts a second of server CPU',
    unit: '/s',
    processes: 2,
    load: accepts,
    warmMs: HANDSHAKE_WARM_MS,
    value: perSecond,
    goal: byNode({ limit: 1500 }, { limit: 3000 }),
  },
]

/**
 * @typedef {object} Row
 * @property {string} row its name
 * @property {'tcp' | 'ws'} transport who takes part: the contenders of this transport
 * @property {1 | 2} processes 2 when the listening side is a process of its own
 * @property {(pair: object) => Promise<(times: number) => Promise<number>>} load see loads.mjs
 * @property {number} [warmMs] a warm-up other than that of run.mjs
 * @property {(times: number, ms: number) => number} value in `unit`
 */

/** Everything there is to measure on a version of Node, the rows of TCP first. */
export const rowsOn = major =>
  ['tcp', 'ws'].flatMap(transport =>
    kinds.map(({ about, goal, ...rest }) => ({
      processes: 1,
      ...rest,
      row: `${transport}: ${about}`,
      transport,
      goal: goal?.(transport, major),
    })),
  )

/** Rows whose name contains one of some words, all without any. */
export function select(rows, words) {
  if (words === undefined) return rows
  const wanted = words.split(',').map(word => word.trim().toLowerCase())
  return rows.filter(({ row }) => wanted.some(word => word !== '' && row.toLowerCase().includes(word)))
}
