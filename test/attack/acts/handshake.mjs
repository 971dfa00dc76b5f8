// First messages that are wrong in one place each, and what came of them.
import { join, keyPair, makeResume, uint, zero } from '../../support/handshake-second.mjs'
import { askChain, dial, firstMessage, learn, networkIdOf, offer, random, remac } from '../lib/dialler.mjs'
import { makeIdentity } from '../lib/identity.mjs'
import { Wire } from '../lib/wire.mjs'

const networkId = networkIdOf('hyphae')
const M1 = { ct: 16, mlkemKey: 1136, x25519Key: 1136 + 1184, sealed: 2352, mac1: 3688 }

/** Sends bytes on a carrier of its own; what came back, and whether it ended. */
async function confront(address, bytes, { timeoutMs = 3000, chunks } = {}) {
  const wire = await Wire.open(address)
  const startMs = performance.now()
  if (chunks === undefined) wire.send(bytes)
  else for (let at = 0; at < bytes.length; at += chunks) wire.send(bytes.slice(at, at + chunks))
  const { replied, closed } = await wire.outcome(timeoutMs)
  wire.end()
  return { sent: bytes.length, replied: replied.length, closed, ms: performance.now() - startMs, type: replied[0] }
}

/** Somebody whose certificate nobody asks for before the session. */
const me = () => ({ certHash: random(32), ...keyPair(random(32)) })

/** A first message with its ephemeral key replaced before it is sealed in: transcript and mac fit. */
function withEphemeral(responder, change) {
  const seed = random(32)
  const fresh = firstMessage(responder, me(), { ephemeralSeed: seed })
  const packet = fresh.packet.slice()
  change(packet)
  return remac(packet, responder)
}

export const acts = {
  /** [§6.1] Coefficients of the ML-KEM key of 4095: three bytes of ones hold two of them. */
  async oversizedCoefficient({ address }) {
    const responder = await learn(address)
    return confront(
      address,
      withEphemeral(responder, packet => packet.fill(0xff, M1.mlkemKey, M1.mlkemKey + 3)),
    )
  },
  /** [§6.2] */
  async flippedCiphertext({ address }) {
    const responder = await learn(address)
    const { packet } = firstMessage(responder, me())
    packet[M1.ct + 500] ^= 1
    return confront(address, remac(packet, responder))
  },
  /** [§6.3] Lengths that lie. */
  async wrongLengths({ address }) {
    const responder = await learn(address)
    const { packet } = firstMessage(responder, me())
    const resume = join(Uint8Array.of(7, 1, 1, 0), zero(12), zero(32), zero(1216), uint(16_385, 2), zero(200))
    const chain = join(Uint8Array.of(4, 1, 1, 0), zero(12), zero(16), uint(0xffff_ffff, 4))
    return {
      short: await confront(address, packet.slice(0, -1)),
      early: await confront(address, resume),
      chain: await confront(address, chain),
      unknown: await confront(address, Uint8Array.of(99, 1, 1, 0)),
      long: await confront(address, join(packet, zero(100))),
    }
  },
  /** [§6.4] */
  async lowOrder({ address }) {
    const responder = await learn(address)
    const outcomes = []
    for (const point of [zero(32), join(Uint8Array.of(1), zero(31))]) {
      outcomes.push(
        await confront(
          address,
          withEphemeral(responder, packet => packet.set(point, M1.x25519Key)),
        ),
      )
    }
    return outcomes
  },
  /** [§6.9] */
  async badMac({ address, count }) {
    const responder = await learn(address)
    const outcomes = []
    for (let i = 0; i < count; i++) {
      const { packet } = firstMessage(responder, me())
      packet[M1.mac1 + (i % 16)] ^= 1
      outcomes.push(await confront(address, packet))
    }
    return outcomes
  },
  /** Bytes that are no packet, or look like one and are none. */
  async noPackets({ address, count }) {
    const outcomes = []
    for (let i = 0; i < count; i++) {
      const bytes = random(4000)
      bytes[0] = 1 + (i % 16)
      outcomes.push(await confront(address, bytes, { timeoutMs: 1500 }))
    }
    return outcomes
  },
  /** [§6.10] Genuine first messages as fast as they go, all at once. */
  async flood({ address, count }) {
    const responder = await learn(address)
    const packets = Array.from({ length: count }, () => firstMessage(responder, me()).packet)
    return Promise.all(packets.map(packet => confront(address, packet, { timeoutMs: 600 })))
  },
  /** Packets that get a short answer each, without end, on one carrier; nothing is read. */
  async hints({ address, count }) {
    const responder = await learn(address)
    const { packet } = firstMessage(responder, me())
    packet[8] ^= 1
    const stale = remac(packet, responder)
    const wire = await Wire.open(address)
    for (let i = 0; i < count && !wire.closed; i++) wire.send(stale)
    const { replied, closed } = await wire.outcome()
    return { replied: replied.length, sent: count * stale.length, closed }
  },
  /** [§6.11] The same bytes twice, the second time on another carrier. */
  async replay({ address }) {
    const responder = await learn(address)
    const { packet } = firstMessage(responder, me())
    return { first: await confront(address, packet, { timeoutMs: 250 }), second: await confront(address, packet) }
  },
  /** [§6.11] [§6.14] A session in another's name: what is announced is the friend's certificate, the key is ours or the friend's. */
  async forged({ address, friend }) {
    const responder = await learn(address)
    const own = me()
    const { packet: planted } = firstMessage(responder, { certHash: friend.certHash, publicKey: own.publicKey })
    const { packet: forged } = firstMessage(responder, { certHash: friend.certHash, publicKey: friend.publicKey })
    return { planted: await confront(address, planted), forged: await confront(address, forged, { timeoutMs: 250 }) }
  },
  /** [§6.16] What its own M1 would look like, had it dialled itself. */
  async reflected({ address }) {
    const responder = await learn(address)
    const { packet } = firstMessage(responder, responder)
    return confront(address, packet)
  },
  /** [§6.12] Each field of the header, and offers that have nothing in common with ours. */
  async edited({ address }) {
    const responder = await learn(address)
    const outcomes = {}
    for (const [label, at] of [
      ['version', 1],
      ['suite', 2],
      ['flags', 3],
      ['index', 4],
      ['tag', 8],
    ]) {
      const { packet } = firstMessage(responder, me())
      packet[at] ^= 2
      // A hint leaves the carrier open for another try.
      outcomes[label] = await confront(address, remac(packet, responder), { timeoutMs: label === 'tag' ? 300 : 3000 })
    }
    for (const [label, changes] of [
      ['ciphers', { ciphers: 0 }],
      ['versions', { minVersion: 2, maxVersion: 3 }],
      ['none', { minVersion: 0, maxVersion: 0 }],
    ]) {
      outcomes[label] = await confront(address, firstMessage(responder, me(), { offer: offer(changes) }).packet)
    }
    return outcomes
  },
  /** [§6.17] A ticket shown twice, and a whole handshake after it. */
  async ticketTwice({ address }) {
    const initiator = makeIdentity().issue()
    const first = await dial(address, { initiator })
    await first.until(record => record.type === 7)
    const [ticket] = first.tickets
    first.wire.end()
    const { peerId } = await learn(address)
    const resume = () =>
      makeResume({
        networkId,
        responderId: peerId,
        ticket,
        index: 2,
        ephemeralSeed: random(32),
        wallMs: Date.now(),
        offer: offer(),
        early: zero(0),
      }).packet
    const once = await confront(address, resume(), { timeoutMs: 250 })
    const twice = await confront(address, resume(), { timeoutMs: 250 })
    const again = await dial(address, { initiator })
    const works = await again.until(record => record.type === 7)
    again.wire.end()
    return { once, twice, works }
  },
  /** A clock that is off by so much. */
  async clock({ address, skewMs }) {
    const session = await dial(address, { initiator: me(), wallMs: Date.now() + skewMs })
    const status = session?.selected.status
    const { closed } = await session.end()
    return { status, closed }
  },
  /** CERTREQ again and again on one carrier. */
  async certificatesTwice({ address }) {
    const wire = await Wire.open(address)
    const first = await askChain(wire, networkId)
    const second = await askChain(wire, networkId)
    return { first: first !== undefined, second: second !== undefined, closed: wire.closed }
  },
  /** ATTACH for sessions that do not exist. */
  async attachUnknown({ address, count }) {
    const outcomes = []
    for (let i = 0; i < count; i++) {
      const packet = join(Uint8Array.of(10, 1, 1, 0), zero(12), random(48))
      outcomes.push(await confront(address, packet))
    }
    return outcomes
  },
}
