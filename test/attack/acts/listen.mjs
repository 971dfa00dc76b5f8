// Whoever sits at an address, or on the path to one: impostors that answer, and a relay that edits what passes.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { header, join, makeM2, number, readM1, uint } from '../../support/handshake-second.mjs'
import { firstMessage, learn, networkIdOf, offer, random, remac } from '../lib/dialler.mjs'
import { makeIdentity, readChain } from '../lib/identity.mjs'
import { target } from '../lib/wire.mjs'

const networkId = networkIdOf('hyphae')
const servers = new Map()

async function listen(onSocket) {
  const sockets = new Set()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `tcp://127.0.0.1:${server.address().port}`
  servers.set(address, () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return address
}

const LENGTHS = { 1: 3720, 2: 2352, 3: 48, 5: 48, 6: 48, 8: 1216, 9: 48, 10: 64, 11: 56, 12: 32, 13: 18, 14: 32 }

/** Length of the packet that begins a buffer; 0 while that cannot be told. */
function packetLength(bytes) {
  if (bytes[0] === 4) return bytes.length < 36 ? 0 : 36 + number(bytes.slice(32, 36))
  if (bytes[0] === 7) return bytes.length < 1266 ? 0 : 1266 + 72 + number(bytes.slice(1264, 1266)) + 48
  return LENGTHS[bytes[0]] ?? 0
}

/** Cuts whole packets, and after the last one records, off a stream. */
class Cutter {
  held = new Uint8Array(0)
  records = false

  recordLength() {
    return this.held.length < 3 ? 0 : 3 + number(this.held.slice(1, 3))
  }

  *cut(bytes) {
    this.held = join(this.held, bytes)
    while (this.held.length > 0) {
      const length = this.records ? this.recordLength() : packetLength(this.held)
      if (length === 0 || this.held.length < length) return
      const one = this.held.slice(0, length)
      this.held = this.held.slice(length)
      yield one
    }
  }
}

const flip = (packet, at) => {
  const changed = packet.slice()
  changed[at < 0 ? packet.length + at : at] ^= 1
  return changed
}

/** What a listener that is not whom it says answers, by mode: bytes for a packet that came. */
const IMPOSTORS = {
  silent: () => undefined,
  versionReject: () => join(header(13, 1), Uint8Array.of(0, 0)),
  higherVersion: () => join(header(13, 1), Uint8Array.of(2, 9)),
  hugeChain: packet => (packet[0] === 3 ? join(header(4, 1), packet.slice(16, 32), uint(0xffff_ffff, 4)) : undefined),
  garbage: () => random(5000),
  reflect: packet => packet,
  otherChain: (packet, self) => answerRequest(packet, self.issued.chain),
  planted: (packet, self) => {
    // The genuine certificate of whom the dialler wants, and behind it a key that is not its own.
    if (packet[0] === 3) return answerRequest(packet, self.friend.chain)
    return packet[0] === 1 ? join(header(2, 1), random(2336)) : undefined
  },
  stale: (packet, self) => {
    if (packet[0] === 3) return answerRequest(packet, self.issued.chain)
    return join(header(5, 1), random(32))
  },
  ...Object.fromEntries(
    [
      ['cipher', { ciphers: 2 }],
      ['ciphers', { ciphers: 3 }],
      ['noCipher', { ciphers: 0 }],
      ['features', { features: 0xff }],
      ['version', { minVersion: 2, maxVersion: 2 }],
      ['below', { minVersion: 0, maxVersion: 0 }],
      ['range', { minVersion: 0, maxVersion: 1 }],
      ['honest', {}],
    ].map(([mode, changes]) => [`selects:${mode}`, (packet, self) => select(packet, self, changes)]),
  ),
}

function answerRequest(packet, chain) {
  return packet[0] === 3 ? join(header(4, 1), packet.slice(16, 32), uint(chain.length, 4), chain) : undefined
}

function select(packet, self, changes) {
  if (packet[0] === 3) return answerRequest(packet, self.issued.chain)
  const opened = packet[0] === 1 ? readM1({ networkId, responder: self.issued }, packet) : undefined
  if (opened === undefined) return undefined
  self.opened++
  self.claims = { certHash: opened.certHash, publicKey: opened.publicKey }
  const selection = { ...offer(), ...changes }
  return makeM2({ opened, index: 1, ephemeralCoins: random(64), staticCoins: random(64), selection }).packet
}

const impostors = new Map()

/** Edits of the relay, by mode: (packet, kind) → bytes to pass on, undefined to drop. Kinds: types of packets, 'record'. */
const EDITS = {
  honest: packet => packet,
  ...Object.fromEntries(
    [
      ['version', 1],
      ['suite', 2],
      ['flags', 3],
      ['index', 7],
      ['tag', 9],
    ].flatMap(([field, at]) => [
      [`m1:${field}`, (packet, kind, relay) => (kind === 1 ? remac(flip(packet, at), relay.responder) : packet)],
      [`m1:${field}:raw`, (packet, kind) => (kind === 1 ? flip(packet, at) : packet)],
      [`m2:${field}`, (packet, kind) => (kind === 2 ? flip(packet, at) : packet)],
    ]),
  ),
  ...Object.fromEntries(
    [
      ['ciphertext', 500],
      ['ephemeral', 1500],
      ['offer', 3688 - 16 - 30],
      ['sealTag', 3687],
    ].map(([field, at]) => [
      `m1:${field}`,
      (packet, kind, relay) => (kind === 1 ? remac(flip(packet, at), relay.responder) : packet),
    ]),
  ),
  'm1:mac1': (packet, kind) => (kind === 1 ? flip(packet, 3690) : packet),
  'm1:truncated': (packet, kind) => (kind === 1 ? packet.slice(0, 3000) : packet),
  'm1:doubled': (packet, kind) => (kind === 1 ? join(packet, packet) : packet),
  'm1:swapped': (packet, kind, relay) =>
    kind === 1 ? firstMessage(relay.responder, makeIdentity().issue()).packet : packet,
  'm2:ciphertext': (packet, kind) => (kind === 2 ? flip(packet, 100) : packet),
  'm2:sealed': (packet, kind) => (kind === 2 ? flip(packet, 1200) : packet),
  'm2:selection': (packet, kind) => (kind === 2 ? flip(packet, -20) : packet),
  'm2:truncated': (packet, kind) => (kind === 2 ? packet.slice(0, 2000) : packet),
  'm2:former': (packet, kind, relay) => {
    if (kind !== 2) return packet
    const former = relay.former
    relay.former = packet
    return former ?? packet
  },
  'm2:versionReject': (packet, kind) => (kind === 2 ? join(header(13, 1), Uint8Array.of(0, 0)) : packet),
  'certificates:swapped': (packet, kind) =>
    kind === 4 ? answerRequest(join(Uint8Array.of(3), packet.slice(1, 32)), makeIdentity().issue().chain) : packet,
  'certificates:changed': (packet, kind) => (kind === 4 ? flip(packet, -100) : packet),
  'certificates:stripped': (packet, kind) => (kind === 4 ? undefined : packet),
  'record:changed': (packet, kind) => (kind === 'record' ? flip(packet, 10) : packet),
  'record:dropped': (packet, kind, relay) => (kind === 'record' && relay.count++ === 0 ? undefined : packet),
  'record:doubled': (packet, kind) => (kind === 'record' ? join(packet, packet) : packet),
  'record:swapped': (packet, kind, relay) => {
    if (kind !== 'record') return packet
    const held = relay.heldRecord
    relay.heldRecord = held === undefined ? packet : undefined
    return held === undefined ? undefined : join(packet, held)
  },
}

/** Modes of the relay that edit, for the test to go through. */
const MODES = Object.keys(EDITS).filter(mode => mode !== 'honest')

const relays = new Map()

function relayBetween(near, far, relay) {
  // The budget of bytes is that of the next connection alone.
  const state = { records: false, cutAfter: relay.cutAfter }
  relay.cutAfter = undefined
  const pass = (from, to, side) => {
    const cutter = new Cutter()
    from.on('data', bytes => {
      relay.passed[side] += bytes.length
      // An exchange that is cut at a byte: nothing behind it gets through, in either direction.
      if (state.cutAfter !== undefined) return passUpTo(state, bytes, to, near, far)
      for (const one of cutter.cut(bytes)) {
        const kind = cutter.records ? 'record' : one[0]
        if (kind === 1 && side === 0) relay.captured = one
        const out = EDITS[relay.mode](one, kind, relay)
        if (out !== undefined) to.write(out)
        if (kind === 2 || kind === 8) state.records = true
        if (kind === 1 || kind === 7 || kind === 11 || kind === 12) cutter.records = true
        if (side === 1 && state.records) cutter.records = true
      }
    })
  }
  pass(near, far, 0)
  pass(far, near, 1)
  near.on('close', () => far.destroy())
  far.on('close', () => near.destroy())
}

function passUpTo(state, bytes, to, near, far) {
  const room = Math.min(bytes.length, state.cutAfter)
  to.write(bytes.slice(0, room))
  state.cutAfter -= room
  if (state.cutAfter > 0) return
  setImmediate(() => {
    near.destroy()
    far.destroy()
  })
}

export const acts = {
  /** Answers at an address as an impostor. `chain` is that of whom the dialler wants. */
  async impostor({ mode, chain }) {
    const issued = makeIdentity().issue()
    const self = { issued, opened: 0, heard: 0, friend: chain && readChain(chain) }
    const address = await listen(socket => {
      const cutter = new Cutter()
      socket.on('data', bytes => {
        self.heard += bytes.length
        for (const packet of cutter.cut(bytes)) {
          const reply = IMPOSTORS[mode](packet, self)
          if (reply !== undefined) socket.write(reply)
        }
      })
    })
    impostors.set(address, self)
    return { address, peerId: issued.peerId, chain: issued.chain }
  },
  /** The chain that a listener shows. */
  async chainAt({ address }) {
    return (await learn(address)).chain
  },
  async heardBy({ address }) {
    const { heard, opened, claims } = impostors.get(address)
    return { heard, opened, claims }
  },
  /** A relay before a listener: an on-path process. */
  async relay({ address, chain }) {
    const { host, port } = target(address)
    const relay = {
      mode: 'honest',
      passed: [0, 0],
      responder: readChain(chain),
      count: 0,
      cutAfter: undefined,
      open: new Set(),
    }
    const own = await listen(near => {
      const far = connect({ host, port })
      far.on('error', () => near.destroy())
      relay.open.add(near)
      relayBetween(near, far, relay)
    })
    relays.set(own, relay)
    return { address: own, modes: MODES }
  },
  /** What the relay does from now on; connections that are open are cut. */
  async relayMode({ address, mode, cutAfter, cut = true }) {
    const relay = relays.get(address)
    Object.assign(relay, { mode: mode ?? relay.mode, cutAfter, count: 0, heldRecord: undefined })
    if (cut) for (const socket of relay.open) socket.destroy()
    relay.open.clear()
    return true
  },
  /** The last first message that passed. */
  async captured({ address }) {
    return relays.get(address).captured
  },
  async stopListening() {
    for (const stop of servers.values()) stop()
    servers.clear()
    return true
  },
}
