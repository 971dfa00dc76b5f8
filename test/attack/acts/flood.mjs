// Floods: they go on until told to stop, and tell how much they did and how much of it was refused.
import { connect } from 'node:net'
import { join, keyPair, uint, zero } from '../../support/handshake-second.mjs'
import { certRequest, dial, firstMessage, learn, networkIdOf, random, remac } from '../lib/dialler.mjs'
import * as frame from '../lib/frames.mjs'
import { makeIdentity } from '../lib/identity.mjs'
import { target } from '../lib/wire.mjs'

const networkId = networkIdOf('hyphae')
let stopped = false
/** Whom first messages are for, where the address attacked cannot tell. */
let learnt
const sleep = ms => new Promise(resolve => setTimeout(resolve, ms))

/** One raw connection; `stats` counts how it fared. */
function open(address, stats, localAddress, work) {
  const { host, port } = target(address)
  return new Promise(resolve => {
    const socket = connect({ host, port, localAddress })
    let wasOpen = false
    socket.on('error', () => stats.errors++)
    socket.on('close', () => {
      stats.live -= wasOpen ? 1 : 0
      stats.closed++
      resolve(undefined)
    })
    socket.on('connect', () => {
      wasOpen = true
      stats.opened++
      stats.live++
      stats.peak = Math.max(stats.peak, stats.live)
      work?.(socket)
      resolve(socket)
    })
  })
}

const counters = () => ({ opened: 0, live: 0, peak: 0, closed: 0, errors: 0, sent: 0, bytes: 0 })

/** Addresses of many hosts: all of 127/8 is this machine. */
const host = (i, hosts) => `127.${1 + (i % hosts)}.0.${1 + (Math.floor(i / hosts) % 250)}`

const UPGRADE = 'GET / HTTP/1.1\r\nhost: x\r\n'

/** Keeps `width` connections going, each doing its work and followed by another when it ends. */
async function keepGoing({ address, width, hosts = 1, untilMs }, work) {
  const stats = counters()
  const sockets = new Set()
  const one = async i => {
    while (!stopped && performance.now() < untilMs) {
      const socket = await open(address, stats, host(i, hosts), made => work(made, stats))
      if (socket === undefined) {
        await sleep(2)
        continue
      }
      sockets.add(socket)
      await new Promise(resolve => (socket.destroyed ? resolve() : socket.once('close', resolve)))
      sockets.delete(socket)
    }
  }
  await Promise.race([Promise.all(Array.from({ length: width }, (_, i) => one(i))), waitFor(untilMs)])
  for (const socket of sockets) socket.destroy()
  return stats
}

async function waitFor(untilMs) {
  while (!stopped && performance.now() < untilMs) await sleep(20)
}

const until = durationMs => {
  stopped = false
  return performance.now() + durationMs
}

/** Writes as much as the other side takes, again and again. */
function pour(socket, stats, chunk) {
  const go = () => {
    while (!socket.destroyed && !stopped) {
      stats.sent++
      stats.bytes += chunk.length
      if (!socket.write(chunk)) return void socket.once('drain', go)
      if (stats.sent % 16 === 0) return void setImmediate(go)
    }
  }
  go()
}

/** Sessions of an authenticated peer, each doing its worst until the time is over or the session is. */
async function inSessions({ address, sessions = 1, durationMs, localAddress }, work) {
  stopped = false
  const stats = { sessions: 0, ended: [], sent: 0, bytes: 0 }
  const one = async () => {
    const made = await dial(address, { initiator: makeIdentity().issue(), wire: { localAddress } })
    if (made === undefined || !(await made.until(record => record.type === 7))) return
    stats.sessions++
    const untilMs = performance.now() + durationMs
    made.frames(frame.hello())
    const goes = () => !made.wire.closed && !stopped && performance.now() < untilMs
    await work(made, goes, stats)
    if (!made.wire.closed) await made.wire.until(() => false, Math.min(500, Math.max(0, untilMs - performance.now())))
    try {
      made.open()
    } catch {
      // Cut in the middle of a record.
    }
    stats.ended.push(made.ended ?? { closed: made.wire.closed })
    made.wire.end()
  }
  await Promise.all(Array.from({ length: sessions }, one))
  return stats
}

/** Seals and writes many small records before it lets the other side breathe. */
async function stream(made, goes, stats, next, perTurn = 50) {
  const { socket, ws } = made.wire
  while (goes()) {
    let batch = []
    for (let i = 0; i < perTurn; i++) batch.push(made.out.seal(1, next(stats.sent++)))
    const bytes = join(...batch)
    batch = undefined
    stats.bytes += bytes.length
    const fine = socket === undefined ? (made.wire.send(bytes), ws.bufferedAmount < 1e6) : socket.write(bytes)
    if (fine) await new Promise(resolve => setImmediate(resolve))
    else await Promise.race([new Promise(resolve => (socket ?? ws._socket).once('drain', resolve)), sleep(200)])
    // What comes back is of no interest and must not pile up in the attacker.
    made.wire.held = new Uint8Array(0)
  }
}

export const acts = {
  /** Opens so many connections as fast as the machine lets it, and holds those that are left open. */
  async connections({ address, count, hosts = 1, holdMs, batch = 200 }) {
    const untilMs = until(holdMs)
    const stats = counters()
    const sockets = []
    for (let at = 0; at < count && !stopped; at += batch) {
      const made = Array.from({ length: Math.min(batch, count - at) }, (_, i) =>
        open(address, stats, host(at + i, hosts)),
      )
      sockets.push(...(await Promise.all(made)))
    }
    const openedMs = performance.now()
    await waitFor(untilMs)
    const held = stats.live
    for (const socket of sockets) socket?.destroy()
    return { ...stats, held, tookMs: openedMs - (untilMs - holdMs) }
  },
  /** One byte a second (or so) of an honest first flight on each of many connections. */
  async slowloris({ address, width, hosts, durationMs, everyMs = 1000, http = false, learnt: isKnown }) {
    const responder = http ? undefined : isKnown ? learnt : await learn(address)
    const untilMs = until(durationMs)
    const bytes = http
      ? Buffer.from(`${UPGRADE}${'x-a: b\r\n'.repeat(500)}`)
      : firstMessage(responder, makeIdentity().issue()).packet
    return keepGoing({ address, width, hosts, untilMs }, (socket, stats) => {
      let at = 0
      const timer = setInterval(() => {
        if (socket.destroyed || at >= bytes.length) return clearInterval(timer)
        socket.write(bytes.subarray(at, ++at))
        stats.sent++
      }, everyMs)
      socket.once('close', () => clearInterval(timer))
    })
  },
  /** Nothing but garbage, on as many connections as are let in. */
  async garbage({ address, width, hosts, durationMs }) {
    const chunk = Buffer.from(random(65_536))
    return keepGoing({ address, width, hosts, untilMs: until(durationMs) }, (socket, stats) =>
      pour(socket, stats, chunk),
    )
  },
  /** Upgrades that never end: endless headers, or none at all. */
  async halfOpen({ address, width, hosts, durationMs, headers }) {
    const chunk = Buffer.from(`x-header: ${'a'.repeat(1000)}\r\n`)
    return keepGoing({ address, width, hosts, untilMs: until(durationMs) }, (socket, stats) => {
      if (!headers) return
      socket.write(UPGRADE)
      pour(socket, stats, chunk)
    })
  },
  /** First messages that pass mac1 and cost the other side a KEM operation each; nothing behind them is genuine. */
  async firstMessages({ address, width, hosts, durationMs, learnt: isKnown }) {
    const responder = isKnown ? learnt : await learn(address)
    const untilMs = until(durationMs)
    const { packet } = firstMessage(responder, makeIdentity().issue())
    return keepGoing({ address, width, hosts, untilMs }, (socket, stats) => {
      const one = packet.slice()
      one.set(random(32), 2352)
      one.set(random(16), 16)
      socket.write(remac(one, responder))
      stats.sent++
      stats.bytes += one.length
    })
  },
  async certRequests({ address, width, hosts, durationMs }) {
    return keepGoing({ address, width, hosts, untilMs: until(durationMs) }, (socket, stats) => {
      socket.write(certRequest(networkId))
      stats.sent++
      socket.once('data', () => socket.destroy())
    })
  },
  async attaches({ address, width, hosts, durationMs }) {
    return keepGoing({ address, width, hosts, untilMs: until(durationMs) }, (socket, stats) => {
      socket.write(join(Uint8Array.of(10, 1, 1, 0), zero(12), random(48)))
      stats.sent++
      socket.once('data', () => socket.destroy())
    })
  },
  async learnFor({ address }) {
    learnt = await learn(address)
    return true
  },
  async stop() {
    stopped = true
    return true
  },

  // Authenticated.

  async pings(options) {
    return inSessions(options, (made, goes, stats) =>
      stream(made, goes, stats, n => join(...Array.from({ length: 100 }, (_, i) => frame.ping(n * 100 + i)))),
    )
  },
  async acks(options) {
    return inSessions(options, async (made, goes, stats) => {
      while (goes()) {
        for (let i = 0; i < 100; i++) made.record(2, uint(0, 8))
        stats.sent += 100
        await new Promise(resolve => setImmediate(resolve))
        made.wire.held = new Uint8Array(0)
      }
    })
  },
  /** Records without content: the most cryptography for the fewest bytes. */
  async emptyRecords(options) {
    return inSessions(options, (made, goes, stats) => stream(made, goes, stats, () => zero(0)))
  },
  /** Streams opened and reset at once, for ever. */
  async rapidReset(options) {
    return inSessions(options, (made, goes, stats) =>
      stream(
        made,
        goes,
        stats,
        n => {
          const id = 8 + 2 * n
          return join(frame.openStream(id, options.name ?? 'slow'), frame.reset(id, 0), frame.stop(id, 0))
        },
        8,
      ),
    )
  },
  /** Requests taken back at once, each with a body that somebody has to hold. */
  async rapidCancel(options) {
    const body = join(Uint8Array.of(0xc5), uint(20_000, 2), zero(20_000))
    return inSessions(options, (made, goes, stats) =>
      stream(made, goes, stats, n => join(frame.request(n, options.name ?? 'slow', body), frame.cancel(n)), 4),
    )
  },
  /** Requests without end and without an interest in their answers. */
  async requests(options) {
    return inSessions(options, (made, goes, stats) =>
      stream(made, goes, stats, n => frame.request(n, options.name ?? 'slow', zero(0), 600_000)),
    )
  },
  /** Windows that open byte by byte, and shut again: limits that go back are no limits. */
  async windows(options) {
    return inSessions(options, (made, goes, stats) => {
      made.frames(frame.openStream(8, options.name ?? 'silent'))
      return stream(made, goes, stats, n =>
        join(frame.window(8, n), frame.window(8, 0), frame.maxData(n), frame.window(4, n)),
      )
    })
  },
  /** Answers asked for and never read: neither the socket is, nor is anything acknowledged. */
  async readsNothing({ bytes = 100_000, ...options }) {
    return inSessions(options, async (made, goes, stats) => {
      ;(made.wire.socket ?? made.wire.ws).pause()
      let n = 0
      while (goes() && n < 5000) {
        for (let i = 0; i < 20; i++)
          made.frames(frame.request(n++, options.name ?? 'large', join(Uint8Array.of(0xce), uint(bytes, 4))))
        stats.sent += 20
        await sleep(5)
      }
      while (goes()) await sleep(20)
    })
  },
  /** KEM ratchets as often as they can be asked for. */
  async ratchets(options) {
    const { publicKey } = keyPair(random(32))
    return inSessions(options, async (made, goes, stats) => {
      for (let i = 0; i < 5 && goes(); i++) {
        made.record(3, publicKey)
        stats.sent++
      }
    })
  },
}
