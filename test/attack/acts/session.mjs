// What an authenticated peer, or one that only pretends, does inside its session.
import { hash, join, keyPair, uint, zero } from '../../support/handshake-second.mjs'
import { dial, networkIdOf, offer, random } from '../lib/dialler.mjs'
import * as frame from '../lib/frames.mjs'
import { makeIdentity, rootKey, SMALL_ORDER, SPOILT } from '../lib/identity.mjs'

const DAY_MS = 86_400_000
export const CONFIRMED = record => record.type === 7

/** Shows a chain after an honest handshake; how the other side ended it. */
async function show(address, initiator, chain = initiator.chain) {
  const session = await dial(address, { initiator: { ...initiator, chain } })
  if (session === undefined) return { answered: false }
  const accepted = await session.until(record => record.type === 7 || record.type === 8)
  if (session.heard.some(CONFIRMED)) {
    session.wire.end()
    return { accepted: true }
  }
  const { closed, ended } = await session.end()
  return { accepted: false, heard: accepted, closed, ...ended }
}

/** Chains that must not be believed, by name. */
function chains() {
  const one = makeIdentity()
  const now = Date.now()
  const statics = keyPair(random(32))
  return {
    smallOrder: makeIdentity({ classical: SMALL_ORDER }).issue(),
    latticeHalf: one.issue({ spoil: SPOILT.classical }),
    classicalHalf: one.issue({ spoil: SPOILT.lattice }),
    context: one.issue({ context: 'rotation' }),
    hints: one.issue({ spoil: SPOILT.hints }),
    expired: one.issue({ notBefore: now - 3 * DAY_MS, notAfter: now - DAY_MS }),
    future: one.issue({ notBefore: now + DAY_MS }),
    network: one.issue({ network: 'another' }),
    tooLong: one.issue({ notAfter: now + 8 * DAY_MS }),
    planted: { ...one.issue(), ...statics },
  }
}

/** An identity that rotated, honestly or in two directions. */
function rotations() {
  const next = rootKey()
  const announced = makeIdentity({ next })
  const other = rootKey()
  const honest = announced.rotate(next)
  const never = makeIdentity()
  return {
    honest: announced.issue({ rotation: honest, seq: 5 }),
    // The same number n, with another key announced to follow: a fork.
    fork: announced.issue({ rotation: announced.rotate(next, hash(other.publicKey)), seq: 6 }),
    unannounced: never.issue({ rotation: never.rotate(other), seq: 5 }),
    wrongKey: announced.issue({ rotation: announced.rotate(other), seq: 7 }),
  }
}

const SEEN = new Map()

/** One session that stays for several acts. */
async function session(address, options = {}) {
  const initiator = options.initiator ?? makeIdentity().issue()
  const made = await dial(address, { initiator, ...options })
  await made.until(CONFIRMED)
  if (options.hello !== false) made.frames(frame.hello())
  return made
}

/** What is sent in a session, and how that ended. */
async function send(address, work, timeoutMs = 3000) {
  const made = await session(address)
  await work(made)
  const { closed, ended } = await made.end(timeoutMs)
  made.wire.end()
  return { closed, ...ended }
}

export const acts = {
  /** [§6.5]–[§6.8] [§6.14] [§6.20] */
  async badChains({ address }) {
    const outcomes = {}
    for (const [label, initiator] of Object.entries(chains())) outcomes[label] = await show(address, initiator)
    return outcomes
  },
  /** [§6.20] A newer certificate first, then an older one of the same identity. */
  async lowerSeq({ address }) {
    const one = makeIdentity()
    return { newer: await show(address, one.issue({ seq: 8 })), older: await show(address, one.issue({ seq: 7 })) }
  },
  /** [§6.21] */
  async rotations({ address }) {
    const { honest, fork, unannounced, wrongKey } = rotations()
    return {
      unannounced: await show(address, unannounced),
      wrongKey: await show(address, wrongKey),
      honest: await show(address, honest),
      fork: await show(address, fork),
      after: await show(address, honest),
    }
  },
  /** [§6.15] The chain of somebody else, who is genuine. */
  async swappedChain({ address }) {
    const [own, other] = [makeIdentity().issue(), makeIdentity().issue()]
    return show(address, own, other.chain)
  },
  /** Records before the chain, in the name of nobody. */
  async dataBeforeChain({ address }) {
    const made = await dial(address, { initiator: makeIdentity().issue(), introduce: false })
    made.frames(frame.hello())
    return made.end()
  },
  /** [§6.11] Answers nothing and proves nothing: an unconfirmed session, held open. */
  async unconfirmed({ address, count, holdMs }) {
    const made = []
    for (let i = 0; i < count; i++)
      made.push(await dial(address, { initiator: makeIdentity().issue(), introduce: false }))
    await Promise.all(made.map(one => one?.wire.until(() => false, holdMs)))
    return made.map(one => one?.wire.closed)
  },
  /** A chain announced as large and never finished. */
  async endlessChain({ address }) {
    const made = await dial(address, { initiator: makeIdentity().issue(), introduce: false })
    made.record(5, join(uint(512 * 1024 + 1, 4), uint(0, 4), zero(100)))
    return made.end()
  },
  /** Records that were sealed once and are sent twice, cut, swapped or changed. */
  async records({ address }) {
    const outcomes = {}
    outcomes.replayed = await send(address, made => {
      const record = made.out.seal(9, zero(0))
      made.wire.send(record)
      made.wire.send(record)
    })
    outcomes.swapped = await send(address, made => {
      const [one, two] = [made.out.seal(9, zero(0)), made.out.seal(9, zero(0))]
      made.wire.send(two)
      made.wire.send(one)
    })
    outcomes.changed = await send(address, made => {
      const record = made.out.seal(9, zero(0))
      record[5] ^= 1
      made.wire.send(record)
    })
    outcomes.phase = await send(address, made => {
      const record = made.out.seal(9, zero(0))
      record[0] = 0x35
      made.wire.send(record)
    })
    outcomes.short = await send(address, made => made.wire.send(join(Uint8Array.of(0), uint(16, 2), zero(16))))
    outcomes.type = await send(address, made => made.record(77, zero(3)))
    outcomes.ack = await send(address, made => made.record(2, uint(2 ** 40, 8)))
    outcomes.ratchets = await send(address, made => {
      for (let i = 0; i < 2; i++) made.record(3, keyPair(random(32)).publicKey)
    })
    return outcomes
  },
  /** Frames that break a limit or the grammar. */
  async frames({ address, limits }) {
    const big = zero(30_000)
    const cases = {
      unknown: [Uint8Array.of(0x55)],
      truncated: [join(Uint8Array.of(0x10), frame.varint(8))],
      neverOpened: [frame.stream(100, zero(1))],
      outOfTurn: [frame.openStream(10, 's')],
      othersId: [frame.openStream(9, 's')],
      laneReset: [frame.reset(4, 0)],
      nameBytes: [join(Uint8Array.of(0x12), frame.varint(8), Uint8Array.of(1, 2, 0xff, 0xff), frame.varint(0))],
      priority: [join(Uint8Array.of(0x12), frame.varint(8), Uint8Array.of(9, 1, 97), frame.varint(0))],
      datagram: [join(Uint8Array.of(3), frame.varint(20_000), zero(20_000))],
      tooManyStreams: Array.from({ length: limits.maxStreams + 1 }, (_, i) => frame.openStream(8 + 2 * i, 'silent')),
      window: Array.from({ length: Math.ceil(limits.maxStreamBytes / big.length) + 1 }, (_, i) =>
        i === 0 ? frame.openStream(8, 'silent', big) : frame.stream(8, big),
      ),
      afterFin: [frame.openStream(8, 'silent', zero(1), frame.FLAG.fin), frame.stream(8, zero(1))],
      laneFrame: [frame.stream(5, join(frame.varint(2 ** 40), zero(10)))],
      emptyFrame: [frame.stream(5, frame.varint(0))],
      laneKind: [frame.stream(5, join(frame.varint(1), Uint8Array.of(0x7f)))],
      secondHello: [frame.hello()],
      duplicateId: [frame.request(1, 'slow', zero(0)), frame.request(1, 'slow', zero(0))],
      ackOfNothing: [frame.stream(4, join(frame.varint(3), Uint8Array.of(0x41, 0, 9)))],
    }
    const outcomes = {}
    for (const [label, frames] of Object.entries(cases)) {
      outcomes[label] = await send(address, made => {
        for (const one of frames) made.frames(one)
      })
    }
    return outcomes
  },
  /** [§6.40] Bodies that want much of a decoder; each is answered, the session lives. */
  async bodies({ address, bodies }) {
    const made = await session(address)
    const codes = []
    for (const [i, body] of bodies.entries()) {
      const before = made.heard.length
      made.frames(frame.request(100 + i, 'echo', body))
      await made.until(
        record =>
          made.heard.indexOf(record) >= before &&
          record.type === 1 &&
          String(Buffer.from(record.body)).includes('MALFORMED'),
      )
      codes.push(made.heard.slice(before).some(record => String(Buffer.from(record.body)).includes('MALFORMED')))
    }
    made.frames(frame.request(99, 'echo', Uint8Array.of(0xa2, 0x6f, 0x6b)))
    const lives = await made.until(record => record.type === 1 && String(Buffer.from(record.body)).includes('ok'))
    made.wire.end()
    return { codes, lives }
  },
  /** Opens a session and keeps it under a name for later acts of the same process. */
  async keep({ address, name, options }) {
    SEEN.set(name, await session(address, options))
    return true
  },
  /** Says something in a session that was kept. */
  async saying({ name, what, count = 1 }) {
    const made = SEEN.get(name)
    for (let i = 0; i < count; i++) made.frames(frame.request(1000 + i, what, zero(0)))
    await made.hear(200)
    return made.heard.length
  },
  /** Networks and offers that a listener must refuse inside a genuine M1. */
  async otherNetwork({ address }) {
    const made = await dial(address, { initiator: makeIdentity().issue(), network: 'another' })
    return { answered: made !== undefined, offer: offer().ciphers, id: networkIdOf('another').length }
  },
}
