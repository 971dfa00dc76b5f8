import { EMPTY, equalConstantTime, readU64, wipe, writeU64 } from '../../core/bytes.js'
import { attachId, attachMac, type SecretParts } from '../../crypto/session/keys.js'
import type { Blake3 } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import { ATTACH, ATTACH_DONE, ATTACH_OK, PACKET, writeHeader } from '../../wire/handshake.js'

/** Attach ids a responder answers to at a time, so that a lost attempt does not lock the initiator out. */
const IDS_AHEAD = 4

/** The initiator's side of a change of carrier (PROTOCOL §2). */
export class AttachInitiator {
  private n = 0
  private request = EMPTY
  /** Of the epoch in which the attempt began: a ratchet may end while it is under way. */
  private key = EMPTY

  constructor(
    private readonly blake3: Blake3,
    private readonly secrets: Pick<SecretParts, 'attach'>,
  ) {}

  /** First flight on the new carrier. `nextRx` is the counter of the first record we lack. */
  begin(index: number, nextRx: number): Uint8Array {
    this.n++
    wipe(this.key)
    this.key = this.secrets.attach.slice()
    const packet = new Uint8Array(ATTACH.bytes)
    writeHeader(packet, PACKET.attach, index)
    packet.set(attachId(this.blake3, this.key, this.n), ATTACH.id)
    writeU64(packet, ATTACH.n, this.n)
    writeU64(packet, ATTACH.nextRx, nextRx)
    const mac = attachMac(this.blake3, this.key, packet.subarray(0, ATTACH.mac))
    packet.set(mac, ATTACH.mac)
    this.request = packet
    return packet
  }

  /** Checks the answer. @returns what the responder lacks and our last flight, or undefined for a forged answer */
  finish(ok: Uint8Array, index: number): { peerNextRx: number; done: Uint8Array } | undefined {
    if (this.key.length === 0) return undefined
    const body = ok.subarray(0, ATTACH_OK.mac)
    const mac = attachMac(this.blake3, this.key, this.request, body)
    if (!equalConstantTime(mac, ok.subarray(ATTACH_OK.mac, ATTACH_OK.macEnd))) return undefined
    const done = new Uint8Array(ATTACH_DONE.bytes)
    writeHeader(done, PACKET.attachDone, index)
    done.set(attachMac(this.blake3, this.key, this.request, ok, done.subarray(0, ATTACH_DONE.mac)), ATTACH_DONE.mac)
    this.free()
    return { peerNextRx: readU64(ok, ATTACH_OK.nextRx), done }
  }

  /** Wipes the key of an attempt. */
  free(): void {
    wipe(this.key)
    this.key = EMPTY
    this.request = EMPTY
  }
}

/** A change of carrier that the responder answered and that awaits its DONE. */
interface PendingAttach {
  readonly key: Uint8Array
  readonly request: Uint8Array
  readonly ok: Uint8Array
  readonly peerNextRx: number
  readonly statedNextRx: number
}

/** The responder's side of a change of carrier. */
export class AttachResponder {
  private lastN = 0
  private pending: PendingAttach | undefined
  private previousKey: Uint8Array | undefined

  constructor(
    private readonly blake3: Blake3,
    private readonly secrets: Pick<SecretParts, 'attach'>,
    private readonly random: Random,
  ) {}

  /** Ids under which this session can be asked for now; they change with every attempt and every KEM epoch. */
  ids(): Uint8Array[] {
    const ids: Uint8Array[] = []
    for (const key of this.keys()) {
      for (let n = this.lastN + 1; n <= this.lastN + IDS_AHEAD; n++) ids.push(attachId(this.blake3, key, n))
    }
    return ids
  }

  /** Keeps the attach key of the last epoch until the initiator has shown that it entered the new one. */
  keepPrevious(key: Uint8Array): void {
    this.previousKey = key
  }

  /** The initiator entered the new epoch. */
  dropPrevious(): void {
    wipe(this.previousKey)
    this.previousKey = undefined
  }

  /** Checks a request. @returns the answer, or undefined for one that is forged, replayed or out of range */
  answer(request: Uint8Array, index: number, nextRx: number): Uint8Array | undefined {
    const n = readU64(request, ATTACH.n)
    if (n <= this.lastN || n > this.lastN + IDS_AHEAD) return undefined
    const key = this.keys().find(candidate => this.genuine(candidate, request))
    if (key === undefined) return undefined
    const ok = new Uint8Array(ATTACH_OK.bytes)
    writeHeader(ok, PACKET.attachOk, index)
    this.random.fill(ok.subarray(ATTACH_OK.nonce, ATTACH_OK.nonceEnd))
    writeU64(ok, ATTACH_OK.nextRx, nextRx)
    ok.set(attachMac(this.blake3, key, request, ok.subarray(0, ATTACH_OK.mac)), ATTACH_OK.mac)
    this.lastN = n
    wipe(this.pending?.key)
    this.pending = { key: key.slice(), request, ok, peerNextRx: readU64(request, ATTACH.nextRx), statedNextRx: nextRx }
    return ok
  }

  /** Checks the confirmation. @returns both sides' counters, or undefined when it is not the one awaited */
  finish(done: Uint8Array): { peerNextRx: number; statedNextRx: number } | undefined {
    const pending = this.pending
    if (pending === undefined) return undefined
    const body = done.subarray(0, ATTACH_DONE.mac)
    const mac = attachMac(this.blake3, pending.key, pending.request, pending.ok, body)
    if (!equalConstantTime(mac, done.subarray(ATTACH_DONE.mac, ATTACH_DONE.macEnd))) return undefined
    wipe(pending.key)
    this.pending = undefined
    return pending
  }

  /** Wipes the keys. */
  free(): void {
    wipe(this.pending?.key)
    this.pending = undefined
    this.dropPrevious()
  }

  private keys(): Uint8Array[] {
    return this.previousKey === undefined ? [this.secrets.attach] : [this.secrets.attach, this.previousKey]
  }

  private genuine(key: Uint8Array, request: Uint8Array): boolean {
    const mac = attachMac(this.blake3, key, request.subarray(0, ATTACH.mac))
    return equalConstantTime(mac, request.subarray(ATTACH.mac, ATTACH.macEnd))
  }
}
