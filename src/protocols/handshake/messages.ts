/** Building and opening of the messages that are sealed by Noise; pure functions over one SymmetricState. */
import { concat, wipe, writeU64 } from '../../core/bytes.js'
import { utf8 } from '../../core/text.js'
import { LABEL } from '../../crypto/labels.js'
import { sessionSecrets, type SessionSecrets } from '../../crypto/session/keys.js'
import { SymmetricState } from '../../crypto/symmetric-state.js'
import type { Kernels } from '../../ports/kernels.js'
import { HEADER, M1, M1_SEALED, M2, RESUME, RESUME_SEALED, RESUMED } from '../../wire/handshake.js'
import { type Offer, writeOffer } from '../../wire/offer.js'

/** The responder as both sides name it in the prologue. */
export interface ResponderName {
  /** 32 bytes. */
  readonly networkId: Uint8Array
  /** 32 bytes. */
  readonly peerId: Uint8Array
  readonly certHash: Uint8Array
  readonly staticKey: Uint8Array
}

/** State after the pre-messages of pqIK: prologue and the responder's static key. */
export function beginFull(kernels: Kernels, header: Uint8Array, responder: ResponderName): SymmetricState {
  const name = utf8(LABEL.handshake)
  const state = new SymmetricState(kernels, name)
  state.mixHash(concat(name, header, responder.networkId, responder.peerId, responder.certHash))
  state.mixHash(responder.staticKey)
  return state
}

/** Initiator: `skem, e, s` and payload of M1. The header is written, macs follow. */
export function sealM1(
  state: SymmetricState,
  packet: Uint8Array,
  kem: { ciphertext: Uint8Array; secret: Uint8Array },
  ephemeralKey: Uint8Array,
  own: { certHash: Uint8Array; staticKey: Uint8Array },
  wallMs: number,
  offer: Offer,
  flags: number,
): void {
  packet.set(kem.ciphertext, M1.staticCt)
  packet.set(ephemeralKey, M1.ephemeralKey)
  mixM1(state, packet, kem.secret)
  packet.set(own.certHash, M1.sealed + M1_SEALED.certHash)
  packet.set(own.staticKey, M1.sealed + M1_SEALED.staticKey)
  writeU64(packet, M1.sealed + M1_SEALED.timestamp, wallMs)
  writeOffer(packet, M1.sealed + M1_SEALED.offer, offer, 0, flags)
  state.encryptAndHash(packet, M1.sealed, M1.sealed + M1_SEALED.bytes)
}

/** Responder: opens the sealed part of M1 in place with the decapsulated secret. */
export function openM1(state: SymmetricState, packet: Uint8Array, secret: Uint8Array): boolean {
  mixM1(state, packet, secret)
  return state.decryptAndHash(packet, M1.sealed, M1.sealedEnd)
}

function mixM1(state: SymmetricState, packet: Uint8Array, secret: Uint8Array): void {
  state.mixHash(packet.subarray(M1.staticCt, M1.staticCtEnd))
  state.mixKey(secret)
  wipe(secret)
  state.mixHash(packet.subarray(M1.ephemeralKey, M1.ephemeralKeyEnd))
}

/** Responder: `ekem, skem` and the selection. The header is written. */
export function sealM2(
  state: SymmetricState,
  packet: Uint8Array,
  ephemeral: { ciphertext: Uint8Array; secret: Uint8Array },
  statics: { ciphertext: Uint8Array; secret: Uint8Array },
  selection: { offer: Offer; status: number; flags: number },
): void {
  packet.set(ephemeral.ciphertext, M2.ephemeralCt)
  mixEphemeral(state, packet, M2.ephemeralCt, M2.ephemeralCtEnd, ephemeral.secret)
  packet.set(statics.ciphertext, M2.sealedCt)
  state.encryptAndHash(packet, M2.sealedCt, M2.sealedCtEnd - 16)
  state.mixKey(statics.secret)
  wipe(statics.secret)
  writeOffer(packet, M2.sealedSelect, selection.offer, selection.status, selection.flags)
  state.encryptAndHash(packet, M2.sealedSelect, M2.sealedSelectEnd - 16)
}

/** Initiator: opens the ciphertext to our static key. It is then at `[M2.sealedCt, M2.sealedCtEnd - 16)`. */
export function openM2Ciphertext(state: SymmetricState, packet: Uint8Array, ephemeralSecret: Uint8Array): boolean {
  mixEphemeral(state, packet, M2.ephemeralCt, M2.ephemeralCtEnd, ephemeralSecret)
  return state.decryptAndHash(packet, M2.sealedCt, M2.sealedCtEnd)
}

/** Initiator: opens the selection, the proof that the responder holds its static key and that it chose from our offer. */
export function openM2Selection(state: SymmetricState, packet: Uint8Array, staticSecret: Uint8Array): boolean {
  state.mixKey(staticSecret)
  wipe(staticSecret)
  return state.decryptAndHash(packet, M2.sealedSelect, M2.sealedSelectEnd)
}

/** State of a resumption: prologue and pre-shared key. */
export function beginResume(
  kernels: Kernels,
  packet: Uint8Array,
  networkId: Uint8Array,
  responder: Uint8Array,
  key: Uint8Array,
): SymmetricState {
  const name = utf8(LABEL.resumption)
  const state = new SymmetricState(kernels, name)
  const head = packet.subarray(0, HEADER.bytes)
  const ticket = packet.subarray(RESUME.ticket, RESUME.ticketEnd)
  state.mixHash(concat(name, head, networkId, responder, ticket))
  state.mixKey(key)
  state.mixHash(packet.subarray(RESUME.ephemeralKey, RESUME.earlyLengthEnd))
  return state
}

/** Initiator: seals timestamp, offer and early data of a resumption; everything before is written. */
export function sealResume(
  state: SymmetricState,
  packet: Uint8Array,
  wallMs: number,
  offer: Offer,
  early: Uint8Array,
): number {
  const from = RESUME.bytes
  writeU64(packet, from + RESUME_SEALED.timestamp, wallMs)
  writeOffer(packet, from + RESUME_SEALED.offer, offer)
  packet.set(early, from + RESUME_SEALED.bytes)
  const to = from + RESUME_SEALED.bytes + early.length
  state.encryptAndHash(packet, from, to)
  return to + 16
}

/** Responder: answers a resumption. */
export function sealResumed(
  state: SymmetricState,
  packet: Uint8Array,
  ephemeral: { ciphertext: Uint8Array; secret: Uint8Array },
  selection: { offer: Offer; status: number },
): void {
  packet.set(ephemeral.ciphertext, RESUMED.ephemeralCt)
  mixEphemeral(state, packet, RESUMED.ephemeralCt, RESUMED.ephemeralCtEnd, ephemeral.secret)
  writeOffer(packet, RESUMED.sealedSelect, selection.offer, selection.status)
  state.encryptAndHash(packet, RESUMED.sealedSelect, RESUMED.sealedSelectEnd - 16)
}

/** Initiator: opens the answer to a resumption. */
export function openResumed(state: SymmetricState, packet: Uint8Array, ephemeralSecret: Uint8Array): boolean {
  mixEphemeral(state, packet, RESUMED.ephemeralCt, RESUMED.ephemeralCtEnd, ephemeralSecret)
  return state.decryptAndHash(packet, RESUMED.sealedSelect, RESUMED.sealedSelectEnd)
}

function mixEphemeral(state: SymmetricState, packet: Uint8Array, from: number, to: number, secret: Uint8Array): void {
  state.mixHash(packet.subarray(0, HEADER.bytes))
  state.mixHash(packet.subarray(from, to))
  state.mixKey(secret)
  wipe(secret)
}

/** Noise's Split: the secrets of the session. */
export function split(kernels: Kernels, state: SymmetricState): SessionSecrets {
  return sessionSecrets(kernels.blake3, state.finish())
}
