// The dialling side of handshake and session, by the second implementation: honest until an act makes it otherwise.
import { randomBytes } from 'node:crypto'
import {
  derive,
  finish,
  header,
  join,
  mac1,
  makeM1,
  number,
  readM2,
  Records,
  text,
  ticketKey,
  uint,
  zero,
} from '../../support/handshake-second.mjs'
import { readChain } from './identity.mjs'
import { Wire } from './wire.mjs'

export const random = length => Uint8Array.from(randomBytes(length))
export const networkIdOf = name => derive('network-id', text(name))

export const OFFER = {
  minVersion: 1,
  maxVersion: 1,
  ciphers: 1,
  features: 6,
  maxDataBytes: 8_388_608,
  maxStreamBytes: 1_048_576,
  maxStreams: 256,
  maxMessageBytes: 1_048_576,
  idleTimeoutMs: 300_000,
  maxDatagramBytes: 8192,
  incarnation: 0,
}
export const offer = (changes = {}) => ({ ...OFFER, incarnation: number(random(6)), ...changes })

/** CERTREQ: to whoever is there, or to a peer. */
export function certRequest(networkId, peerId) {
  const bare = peerId === undefined
  const body = join(header(3, 1, bare ? 1 : 0), random(16))
  return join(body, mac1(networkId, peerId ?? zero(32), body))
}

/** Asks a listener for its chain. */
export async function askChain(wire, networkId, peerId) {
  wire.send(certRequest(networkId, peerId))
  const head = await wire.take(36)
  if (head === undefined) return undefined
  const chain = await wire.take(number(head.slice(32, 36)))
  return chain && readChain(chain)
}

/** Who listens at an address, learnt over a connection of its own. */
export async function learn(address, network = 'hyphae', options = {}) {
  const wire = await Wire.open(address, options)
  const responder = await askChain(wire, networkIdOf(network))
  wire.end()
  return responder
}

/** A first message; `changes` go into `makeM1`. */
export function firstMessage(responder, initiator, changes = {}) {
  return makeM1({
    networkId: networkIdOf(changes.network ?? 'hyphae'),
    responder,
    initiator,
    index: 1,
    coins: random(64),
    ephemeralSeed: random(32),
    wallMs: Date.now(),
    offer: offer(),
    ...changes,
  })
}

/** Gives a changed packet a mac1 that fits, so that it gets past the filter of scans. */
export function remac(packet, responder, network = 'hyphae') {
  return finish(networkIdOf(network), responder.peerId, packet.slice(0, -32))
}

/** A session as its initiator sees it. */
export class Session {
  heard = []
  ended = undefined

  constructor(wire, secrets, selected) {
    this.wire = wire
    this.secrets = secrets
    this.selected = selected
    this.out = new Records(secrets.root, 0)
    this.in = new Records(secrets.root, 1)
    this.tickets = []
  }

  /** Sends one record of a type. */
  record(type, body) {
    this.wire.send(this.out.seal(type, body))
  }

  /** Sends frames of the multiplexer in one record. */
  frames(...frames) {
    this.record(1, join(...frames))
  }

  chain(chain) {
    for (let at = 0; at < chain.length; at += 32_768) {
      this.record(5, join(uint(chain.length, 4), uint(at, 4), chain.slice(at, at + 32_768)))
    }
  }

  confirm() {
    this.record(6, zero(0))
  }

  /** Opens what has come; answers all records so far. */
  async hear(timeoutMs = 300) {
    await this.wire.until(() => false, timeoutMs)
    return this.open()
  }

  open() {
    const { wire } = this
    for (;;) {
      if (wire.held.length < 3) break
      const length = 3 + number(wire.held.slice(1, 3))
      if (wire.held.length < length) break
      const record = this.in.open(wire.held.slice(0, length))
      wire.held = wire.held.slice(length)
      this.heard.push(record)
      if (record.type === 7) this.tickets.push({ id: record.body.slice(0, 32), key: this.ticketKey(record.body) })
      if (record.type === 8)
        this.ended = { code: number(record.body.slice(0, 2)), reason: String(Buffer.from(record.body.slice(2))) }
    }
    return this.heard
  }

  ticketKey(body) {
    return ticketKey(this.secrets.resumption, body.slice(0, 32))
  }

  /** Waits for the end of the session or carrier. */
  async end(timeoutMs = 3000) {
    await this.wire.until(() => false, timeoutMs)
    try {
      this.open()
    } catch {
      // The last bytes were no record of ours.
    }
    return { closed: this.wire.closed, ended: this.ended }
  }

  /** Waits until a record of a type came. */
  async until(holds, timeoutMs = 3000) {
    const endMs = performance.now() + timeoutMs
    for (;;) {
      this.open()
      if (this.heard.some(holds)) return true
      const left = endMs - performance.now()
      if (left <= 0 || this.wire.closed) return false
      const before = this.wire.received
      await this.wire.until(() => this.wire.received > before, left)
    }
  }
}

/** Dials, shakes hands and proves who it is. `undefined` where the other side did not answer. */
export async function dial(address, { responder, initiator, wire: options, introduce = true, ...changes }) {
  const wire = await Wire.open(address, options)
  const known = responder ?? (await askChain(wire, networkIdOf(changes.network ?? 'hyphae')))
  if (known === undefined) return undefined
  const sent = firstMessage(known, initiator, changes)
  wire.send(sent.packet)
  const m2 = await wire.take(2352)
  const selected = m2 && readM2({ sent, initiator }, m2)
  if (selected === undefined) return undefined
  const session = new Session(wire, selected.secrets, selected)
  if (!introduce || selected.status !== 0) return session
  if ((selected.flags & 1) !== 0) session.chain(initiator.chain)
  else session.confirm()
  return session
}
