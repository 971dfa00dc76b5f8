/** Types of the second implementation; see handshake-second.mjs. */
type Bytes = Uint8Array

export interface SecondOffer {
  minVersion: number
  maxVersion: number
  ciphers: number
  features: number
  maxDataBytes: number
  maxStreamBytes: number
  maxStreams: number
  maxMessageBytes: number
  idleTimeoutMs: number
  maxDatagramBytes: number
  incarnation: number
}
export interface SecondSecrets {
  root: Bytes
  chain: Bytes
  resumption: Bytes
  attach: Bytes
  exporter: Bytes
  channelBinding: Bytes
}
export interface SecondParty {
  peerId: Bytes
  certHash: Bytes
  publicKey: Bytes
  seed: Bytes
}
export interface SecondSent {
  packet: Bytes
  state: Symmetric
  ephemeralSeed: Bytes
}
export interface SecondSelected {
  status: number
  flags: number
  offer: SecondOffer
}
export interface SecondResume extends SecondSelected {
  state: Symmetric
  ephemeralKey: Bytes
  wallMs: number
  early: Bytes
}
export interface SecondClaims extends SecondSelected {
  state: Symmetric
  ephemeralKey: Bytes
  wallMs: number
  certHash: Bytes
  publicKey: Bytes
}
type Answer = { packet: Bytes; secrets: SecondSecrets }
type Public = Pick<SecondParty, 'peerId' | 'certHash' | 'publicKey'>

export function text(value: string): Bytes
export function join(...parts: Bytes[]): Bytes
export function same(a: Bytes, b: Bytes): boolean
export function zero(length: number): Bytes
export function uint(value: number | bigint, length: number): Bytes
export function number(bytes: Bytes): number
export function hash(data: Bytes): Bytes
export function keyed(key: Bytes, data: Bytes, length?: number): Bytes
export function derive(label: string, material: Bytes, length?: number): Bytes
export function cut(bytes: Bytes, ...lengths: number[]): Bytes[]
export function keyPair(seed: Bytes): { seed: Bytes; publicKey: Bytes }
export function encapsulate(publicKey: Bytes, coins: Bytes): { ciphertext: Bytes; secret: Bytes }
export function decapsulate(seed: Bytes, ciphertext: Bytes): Bytes
export function hedge(key: Bytes, fresh: Bytes, binding: Bytes, extra: Bytes, length: number): Bytes
export class Symmetric {
  constructor(name: string)
  h: Bytes
  ck: Bytes
  mixHash(data: Bytes): void
  mixKey(secret: Bytes): void
  seal(plaintext: Bytes): Bytes
  open(sealed: Bytes): Bytes | undefined
}
export function header(type: number, index: number, flags?: number, tag?: Bytes): Bytes
export function writeOffer(offer: SecondOffer, status?: number, flags?: number): Bytes
export function readOffer(bytes: Bytes): SecondSelected
export function mac1(networkId: Bytes, responderId: Bytes, body: Bytes): Bytes
export function mac2(cookie: Bytes, bodyAndMac1: Bytes): Bytes
export function finish(networkId: Bytes, responderId: Bytes, body: Bytes, cookie?: Bytes): Bytes
export function makeM1(options: {
  networkId: Bytes
  responder: Public
  initiator: Pick<SecondParty, 'certHash' | 'publicKey'>
  index: number
  coins: Bytes
  ephemeralSeed: Bytes
  wallMs: number
  offer: SecondOffer
  insists?: boolean
  cookie?: Bytes
}): SecondSent
export function readM1(own: { networkId: Bytes; responder: SecondParty }, packet: Bytes): SecondClaims | undefined
export function makeM2(options: {
  opened: SecondClaims
  index: number
  ephemeralCoins: Bytes
  staticCoins: Bytes
  selection: SecondOffer
  status?: number
  flags?: number
}): Answer
export function readM2(
  own: { sent: SecondSent; initiator: Pick<SecondParty, 'seed'> },
  packet: Bytes,
): (SecondSelected & { secrets: SecondSecrets }) | undefined
export function makeResume(options: {
  networkId: Bytes
  responderId: Bytes
  ticket: { id: Bytes; key: Bytes }
  index: number
  ephemeralSeed: Bytes
  wallMs: number
  offer: SecondOffer
  early: Bytes
  cookie?: Bytes
}): SecondSent
export function readResume(
  own: { networkId: Bytes; responderId: Bytes; ticket: { id: Bytes; key: Bytes } },
  packet: Bytes,
): SecondResume | undefined
export function makeResumed(options: {
  opened: SecondResume
  index: number
  coins: Bytes
  selection: SecondOffer
  status?: number
}): Answer
export function readResumed(sent: SecondSent, packet: Bytes): (SecondSelected & { secrets: SecondSecrets }) | undefined
export function cookieOf(secret: Bytes, address: string): Bytes
export function makeCookieReply(networkId: Bytes, responderId: Bytes, mac: Bytes, cookie: Bytes): Bytes
export function readCookieReply(networkId: Bytes, responderId: Bytes, mac: Bytes, packet: Bytes): Bytes | undefined
export function schedule(state: Symmetric): SecondSecrets
export function ratchet(secrets: SecondSecrets, shared: Bytes, publicKey: Bytes, ciphertext: Bytes): SecondSecrets
export function ticketKey(resumptionSecret: Bytes, id: Bytes): Bytes
export function directionSecret(root: Bytes, sender: number): Bytes
export function stepSecret(secret: Bytes): Bytes
export function recordKey(secret: Bytes, kind: number): Bytes[]
export class Records {
  constructor(root: Bytes, sender: number)
  counter: number
  nextStep(): void
  nextEpoch(root: Bytes): void
  phase(): number
  seal(type: number, body: Bytes): Bytes
  open(record: Bytes): { type: number; body: Bytes }
}
export function sealDatagram(root: Bytes, sender: number, counter: number, body: Bytes, epoch?: number): Bytes
export function splitRecords(bytes: Bytes): Bytes[]
export function attachId(attach: Bytes, n: number): Bytes
export function makeAttach(attach: Bytes, options: { index: number; n: number; nextRx: number }): Bytes
export function makeAttachOk(
  attach: Bytes,
  request: Bytes,
  options: { index: number; nonce: Bytes; nextRx: number },
): Bytes
export function makeAttachDone(attach: Bytes, request: Bytes, ok: Bytes, options: { index: number }): Bytes
