// A second implementation of handshake, key schedule, records and change of carrier, written from docs/protocol.md with
// plain noble and nothing of src/. It favours plainness over speed: every message is put together from whole arrays.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { hmac } from '@noble/hashes/hmac.js'
import { ml_kem768_x25519 as xwing } from '@noble/post-quantum/hybrid.js'

export const text = value => new TextEncoder().encode(value)
export const join = (...parts) => Uint8Array.from(Buffer.concat(parts))
export const same = (a, b) => Buffer.compare(a, b) === 0
export const zero = length => new Uint8Array(length)

/** Big-endian integer of `length` bytes. */
export const uint = (value, length) =>
  Uint8Array.from({ length }, (_, i) => Number((BigInt(value) >> BigInt(8 * (length - 1 - i))) & 255n))
/** Number of a big-endian integer. */
export const number = bytes => Number(bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n))

export const hash = data => blake3(data)
export const keyed = (key, data, length = 32) => blake3(data, { key, dkLen: length })
export const derive = (label, material, length = 32) =>
  blake3(material, { context: text(`hyphae/1 ${label}`), dkLen: length })

/** Cuts an array into consecutive parts. */
export function cut(bytes, ...lengths) {
  let at = 0
  return lengths.map(length => bytes.slice(at, (at += length)))
}

// X-Wing

export const keyPair = seed => ({ seed, publicKey: xwing.keygen(seed).publicKey })
export function encapsulate(publicKey, coins) {
  const { cipherText, sharedSecret } = xwing.encapsulate(publicKey, coins)
  return { ciphertext: cipherText, secret: sharedSecret }
}
export const decapsulate = (seed, ciphertext) => xwing.decapsulate(ciphertext, xwing.keygen(seed).secretKey)

/** Hedged randomness, docs/protocol.md §3.6: coins and seeds from fresh bytes, a key of the node and the context. */
export const hedge = (key, fresh, binding, extra, length) => derive('hedge', join(key, fresh, binding, extra), length)

// Noise

export class Symmetric {
  constructor(name) {
    const bytes = text(name)
    this.h = bytes.length <= 32 ? join(bytes, zero(32 - bytes.length)) : hash(bytes)
    this.ck = this.h
  }

  mixHash(data) {
    this.h = hash(join(this.h, data))
  }

  mixKey(secret) {
    const temp = hmac(blake3, this.ck, secret)
    this.ck = hmac(blake3, temp, Uint8Array.of(1))
    this.k = hmac(blake3, temp, join(this.ck, Uint8Array.of(2)))
    this.n = 0
  }

  seal(plaintext) {
    const sealed = this.cipher().encrypt(plaintext)
    this.mixHash(sealed)
    return sealed
  }

  open(sealed) {
    const h = this.h
    try {
      const plaintext = this.cipher().decrypt(sealed)
      this.h = hash(join(h, sealed))
      return plaintext
    } catch {
      return undefined
    }
  }

  cipher() {
    const counter = uint(this.n++, 8).reverse()
    return chacha20poly1305(this.k, join(zero(4), counter), this.h)
  }
}

// Packets

export const header = (type, index, flags = 0, tag = zero(8)) =>
  join(Uint8Array.of(type, 1, 1, flags), uint(index, 4), tag.slice(0, 8))

const OFFER_FIELDS = [
  ['minVersion', 1],
  ['maxVersion', 1],
  ['ciphers', 2],
  ['features', 4],
  ['maxDataBytes', 4],
  ['maxStreamBytes', 4],
  ['maxStreams', 4],
  ['maxMessageBytes', 4],
  ['idleTimeoutMs', 4],
  ['maxDatagramBytes', 4],
  ['incarnation', 8],
]

export function writeOffer(offer, status = 0, flags = 0) {
  const fields = OFFER_FIELDS.map(([name, length]) => uint(offer[name], length))
  return join(Uint8Array.of(status, flags), ...fields, zero(22))
}

export function readOffer(bytes) {
  const parts = cut(bytes.slice(2), ...OFFER_FIELDS.map(([, length]) => length))
  const offer = Object.fromEntries(OFFER_FIELDS.map(([name], i) => [name, number(parts[i])]))
  return { status: bytes[0], flags: bytes[1], offer }
}

export const mac1 = (networkId, responderId, body) => keyed(derive('mac1', join(networkId, responderId)), body, 16)
export const mac2 = (cookie, bodyAndMac1) => keyed(derive('mac2', cookie), bodyAndMac1, 16)

export function finish(networkId, responderId, body, cookie) {
  const first = join(body, mac1(networkId, responderId, body))
  return join(first, cookie === undefined ? zero(16) : mac2(cookie, first))
}

const FULL = 'hyphae/1 pqIK X-Wing ChaCha20-Poly1305 BLAKE3'
const RESUME = 'hyphae/1 psk-resume X-Wing ChaCha20-Poly1305 BLAKE3'

function full(hdr, networkId, responder) {
  const state = new Symmetric(FULL)
  state.mixHash(join(text(FULL), hdr, networkId, responder.peerId, responder.certHash))
  state.mixHash(responder.publicKey)
  return state
}

/** `skem, e, s` and payload. */
export function makeM1({
  networkId,
  responder,
  initiator,
  index,
  coins,
  ephemeralSeed,
  wallMs,
  offer,
  insists,
  cookie,
}) {
  const hdr = header(1, index, 0, responder.certHash)
  const { ciphertext, secret } = encapsulate(responder.publicKey, coins)
  const e = keyPair(ephemeralSeed)
  const state = full(hdr, networkId, responder)
  state.mixHash(ciphertext)
  state.mixKey(secret)
  state.mixHash(e.publicKey)
  const payload = join(initiator.certHash, initiator.publicKey, uint(wallMs, 8), writeOffer(offer, 0, insists ? 1 : 0))
  const body = join(hdr, ciphertext, e.publicKey, state.seal(payload))
  return { packet: finish(networkId, responder.peerId, body, cookie), state, ephemeralSeed }
}

export function readM1({ networkId, responder }, packet) {
  const [hdr, ciphertext, e, sealed, mac] = cut(packet, 16, 1120, 1216, 1336, 16)
  if (!same(mac, mac1(networkId, responder.peerId, packet.slice(0, -32)))) return undefined
  const state = full(hdr, networkId, responder)
  state.mixHash(ciphertext)
  state.mixKey(decapsulate(responder.seed, ciphertext))
  state.mixHash(e)
  const payload = state.open(sealed)
  if (payload === undefined) return undefined
  const [certHash, publicKey, time, offer] = cut(payload, 32, 1216, 8, 64)
  return { state, ephemeralKey: e, certHash, publicKey, wallMs: number(time), ...readOffer(offer) }
}

/** `ekem, skem` and the selection. */
export function makeM2({ opened, index, ephemeralCoins, staticCoins, selection, status = 0, flags = 0 }) {
  const { state } = opened
  const hdr = header(2, index)
  state.mixHash(hdr)
  const ephemeral = encapsulate(opened.ephemeralKey, ephemeralCoins)
  state.mixHash(ephemeral.ciphertext)
  state.mixKey(ephemeral.secret)
  const statics = encapsulate(opened.publicKey, staticCoins)
  const sealed = state.seal(statics.ciphertext)
  state.mixKey(statics.secret)
  const packet = join(hdr, ephemeral.ciphertext, sealed, state.seal(writeOffer(selection, status, flags)))
  return { packet, secrets: schedule(state) }
}

export function readM2({ sent, initiator }, packet) {
  const { state } = sent
  const [hdr, ephemeralCt, sealedCt, sealedSelect] = cut(packet, 16, 1120, 1136, 80)
  state.mixHash(hdr)
  state.mixHash(ephemeralCt)
  state.mixKey(decapsulate(sent.ephemeralSeed, ephemeralCt))
  const staticCt = state.open(sealedCt)
  if (staticCt === undefined) return undefined
  state.mixKey(decapsulate(initiator.seed, staticCt))
  const selected = state.open(sealedSelect)
  return selected === undefined ? undefined : { ...readOffer(selected), secrets: schedule(state) }
}

function resumption(hdr, networkId, responderId, ticket, e, earlyLength) {
  const state = new Symmetric(RESUME)
  state.mixHash(join(text(RESUME), hdr, networkId, responderId, ticket.id))
  state.mixKey(ticket.key)
  state.mixHash(join(e, earlyLength))
  return state
}

export function makeResume({ networkId, responderId, ticket, index, ephemeralSeed, wallMs, offer, early, cookie }) {
  const hdr = header(7, index)
  const { publicKey } = keyPair(ephemeralSeed)
  const length = uint(early.length, 2)
  const state = resumption(hdr, networkId, responderId, ticket, publicKey, length)
  const sealed = state.seal(join(uint(wallMs, 8), writeOffer(offer), early))
  const body = join(hdr, ticket.id, publicKey, length, sealed)
  return { packet: finish(networkId, responderId, body, cookie), state, ephemeralSeed }
}

export function readResume({ networkId, responderId, ticket }, packet) {
  const [hdr, id, e, length] = cut(packet, 16, 32, 1216, 2)
  const body = packet.slice(0, -32)
  if (!same(packet.slice(-32, -16), mac1(networkId, responderId, body)) || !same(id, ticket.id)) return undefined
  const state = resumption(hdr, networkId, responderId, ticket, e, length)
  const payload = state.open(body.slice(1266))
  if (payload === undefined) return undefined
  const [time, offer, early] = cut(payload, 8, 64, number(length))
  return { state, ephemeralKey: e, wallMs: number(time), early, ...readOffer(offer) }
}

export function makeResumed({ opened, index, coins, selection, status = 0 }) {
  const { state } = opened
  const hdr = header(8, index)
  state.mixHash(hdr)
  const { ciphertext, secret } = encapsulate(opened.ephemeralKey, coins)
  state.mixHash(ciphertext)
  state.mixKey(secret)
  const packet = join(hdr, ciphertext, state.seal(writeOffer(selection, status)))
  return { packet, secrets: schedule(state) }
}

export function readResumed(sent, packet) {
  const { state } = sent
  const [hdr, ciphertext, sealed] = cut(packet, 16, 1120, 80)
  state.mixHash(hdr)
  state.mixHash(ciphertext)
  state.mixKey(decapsulate(sent.ephemeralSeed, ciphertext))
  const selected = state.open(sealed)
  return selected === undefined ? undefined : { ...readOffer(selected), secrets: schedule(state) }
}

// Cookies

export const cookieOf = (secret, address) => keyed(secret, text(address), 16)

export function makeCookieReply(networkId, responderId, mac, cookie) {
  const key = derive('cookie', join(networkId, responderId))
  const mask = keyed(key, join(text('mask'), mac), 16)
  const masked = cookie.map((byte, i) => byte ^ mask[i])
  const body = join(header(6, 0), masked)
  return join(body, keyed(key, join(text('mac'), mac, body), 16))
}

export function readCookieReply(networkId, responderId, mac, packet) {
  const key = derive('cookie', join(networkId, responderId))
  const [body, tag] = cut(packet, 32, 16)
  if (!same(tag, keyed(key, join(text('mac'), mac, body), 16))) return undefined
  const mask = keyed(key, join(text('mask'), mac), 16)
  return body.slice(16).map((byte, i) => byte ^ mask[i])
}

// Key schedule

function renewable(root) {
  return {
    root,
    chain: derive('chain', root),
    resumption: derive('resumption', root),
    attach: derive('attach', root),
  }
}

export function schedule(state) {
  const material = join(state.ck, state.h)
  return {
    ...renewable(derive('root', material)),
    exporter: derive('exporter', material),
    channelBinding: derive('channel-binding', material),
  }
}

export function ratchet(secrets, shared, publicKey, ciphertext) {
  const root = derive('ratchet', join(secrets.chain, shared, hash(join(publicKey, ciphertext))))
  return { ...secrets, ...renewable(root) }
}

export const ticketKey = (resumptionSecret, id) => derive('ticket-key', join(resumptionSecret, id))

/** Direction secret of an epoch: 0 for what the initiator sends, 1 for the responder. */
export const directionSecret = (root, sender) => derive('direction', join(root, Uint8Array.of(sender)))
export const stepSecret = secret => derive('step', secret)
/** Kind 0 stream, 1 datagram. */
export const recordKey = (secret, kind) => cut(derive('record', join(secret, Uint8Array.of(kind)), 44), 32, 12)

// Records

/** Stream records of one direction: sealing or opening, in order. */
export class Records {
  constructor(root, sender) {
    this.sender = sender
    this.counter = 0
    this.epoch = 0
    this.step = 0
    this.secret = directionSecret(root, sender)
  }

  nextStep() {
    this.step++
    this.secret = stepSecret(this.secret)
  }

  nextEpoch(root) {
    this.epoch++
    this.step = 0
    this.secret = directionSecret(root, this.sender)
  }

  phase() {
    return ((this.epoch % 16) << 4) | (this.step % 16)
  }

  cipher(ad) {
    const [key, iv] = recordKey(this.secret, 0)
    const counter = uint(this.counter++, 12)
    return chacha20poly1305(
      key,
      iv.map((byte, i) => byte ^ counter[i]),
      ad,
    )
  }

  seal(type, body) {
    const head = join(Uint8Array.of(this.phase()), uint(body.length + 17, 2))
    return join(head, this.cipher(head).encrypt(join(Uint8Array.of(type), body)))
  }

  /** Opens one whole record; a record of the next step moves on to it. */
  open(record) {
    if (record[0] !== this.phase()) this.nextStep()
    if (record[0] !== this.phase()) throw new Error('neither this phase nor the next step')
    const head = record.slice(0, 3)
    const plaintext = this.cipher(head).decrypt(record.slice(3))
    return { type: plaintext[0], body: plaintext.slice(1) }
  }
}

/** One datagram record. */
export function sealDatagram(root, sender, counter, body, epoch = 0) {
  const [key, iv] = recordKey(directionSecret(root, sender), 1)
  const head = join(Uint8Array.of(epoch << 4), uint(counter, 8))
  const number12 = uint(counter, 12)
  const nonce = iv.map((byte, i) => byte ^ number12[i])
  return join(head, chacha20poly1305(key, nonce, head).encrypt(body))
}

/** Cuts a byte stream of whole records. */
export function splitRecords(bytes) {
  const records = []
  for (let at = 0; at < bytes.length;) {
    const end = at + 3 + number(bytes.slice(at + 1, at + 3))
    records.push(bytes.slice(at, end))
    at = end
  }
  return records
}

// Change of carrier

export const attachId = (attach, n) => derive('attach-id', join(attach, uint(n, 8))).slice(0, 16)
const attachMac = (attach, ...parts) => keyed(derive('attach-mac', attach), join(...parts), 16)

export function makeAttach(attach, { index, n, nextRx }) {
  const body = join(header(10, index), attachId(attach, n), uint(n, 8), uint(nextRx, 8))
  return join(body, attachMac(attach, body))
}

export function makeAttachOk(attach, request, { index, nonce, nextRx }) {
  const body = join(header(11, index), nonce, uint(nextRx, 8))
  return join(body, attachMac(attach, request, body))
}

export function makeAttachDone(attach, request, ok, { index }) {
  const body = header(12, index)
  return join(body, attachMac(attach, request, ok, body))
}
