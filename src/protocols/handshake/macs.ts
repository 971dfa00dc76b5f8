import { concat, equalConstantTime, wipe } from '../../core/bytes.js'
import { utf8 } from '../../core/text.js'
import { LABEL } from '../../crypto/labels.js'
import type { Blake3 } from '../../ports/kernels.js'
import type { Random } from '../../ports/random.js'
import { COOKIE, PACKET, writeHeader } from '../../wire/handshake.js'

/** Bytes of either mac at the end of a first message. */
export const MAC_BYTES = 16

/** Key of mac1: known to everyone who knows whom he dials. Filters scans, authenticates nothing. */
export function mac1Key(blake3: Blake3, networkId: Uint8Array, responder: Uint8Array): Uint8Array {
  return blake3.deriveKey(LABEL.mac1, concat(networkId, responder))
}

/** Writes mac1 over everything before it. */
export function writeMac1(blake3: Blake3, key: Uint8Array, packet: Uint8Array, at: number): void {
  packet.set(blake3.keyed(key, packet.subarray(0, at), MAC_BYTES), at)
}

/** Checks mac1. */
export function checkMac1(blake3: Blake3, key: Uint8Array, packet: Uint8Array, at: number): boolean {
  return equalConstantTime(blake3.keyed(key, packet.subarray(0, at), MAC_BYTES), packet.subarray(at, at + MAC_BYTES))
}

/** Writes mac2, which proves that the sender receives at its address, over everything before it. */
export function writeMac2(blake3: Blake3, cookie: Uint8Array, packet: Uint8Array, at: number): void {
  packet.set(mac2(blake3, cookie, packet, at), at)
}

function mac2(blake3: Blake3, cookie: Uint8Array, packet: Uint8Array, at: number): Uint8Array {
  return blake3.keyed(blake3.deriveKey(LABEL.mac2, cookie), packet.subarray(0, at), MAC_BYTES)
}

const ROTATE_MS = 120_000

/**
 * Cookies for carriers that do not verify addresses (WireGuard's mac2): a mac over the remote address under a secret that
 * changes every two minutes, so that the responder stores nothing before the address is proven.
 */
export class CookieJar {
  private secrets: [Uint8Array, Uint8Array]
  private madeMs = 0

  constructor(
    private readonly blake3: Blake3,
    private readonly random: Random,
  ) {
    this.secrets = [random.fill(new Uint8Array(32)), random.fill(new Uint8Array(32))]
  }

  /** Whether the packet carries a mac2 under a current cookie of this address. */
  accepts(packet: Uint8Array, at: number, address: string, monoMs: number): boolean {
    this.rotate(monoMs)
    const given = packet.subarray(at, at + MAC_BYTES)
    return this.secrets.some(secret => {
      return equalConstantTime(mac2(this.blake3, this.cookie(secret, address), packet, at), given)
    })
  }

  /**
   * The reply to a packet without one; smaller than what it answers. The cookie is masked by the packet's mac1, which
   * only its sender knows, so that nobody beside the path learns it.
   */
  reply(packet: Uint8Array, mac1At: number, address: string, key: Uint8Array, monoMs: number): Uint8Array {
    this.rotate(monoMs)
    const mac1 = packet.subarray(mac1At, mac1At + MAC_BYTES)
    const out = new Uint8Array(COOKIE.bytes)
    writeHeader(out, PACKET.cookie, 0)
    const mask = this.blake3.keyed(key, concat(utf8('mask'), mac1), MAC_BYTES)
    const cookie = this.cookie(this.secrets[0], address)
    for (let i = 0; i < MAC_BYTES; i++) out[COOKIE.cookie + i] = cookie[i] ^ mask[i]
    out.set(cookieMac(this.blake3, key, mac1, out), COOKIE.mac)
    return out
  }

  private cookie(secret: Uint8Array, address: string): Uint8Array {
    return this.blake3.keyed(secret, utf8(address), MAC_BYTES)
  }

  private rotate(monoMs: number): void {
    const ageMs = monoMs - this.madeMs
    if (ageMs < ROTATE_MS) return
    const [current, previous] = this.secrets
    wipe(previous)
    // After a long silence the former secret is too old to serve as the previous one.
    const kept = ageMs < 2 * ROTATE_MS ? current : this.random.fill(new Uint8Array(32))
    this.secrets = [this.random.fill(new Uint8Array(32)), kept]
    this.madeMs = monoMs
  }
}

/** Key of cookie replies of one responder. */
export function cookieKey(blake3: Blake3, networkId: Uint8Array, responder: Uint8Array): Uint8Array {
  return blake3.deriveKey(LABEL.cookie, concat(networkId, responder))
}

/** Opens a cookie reply. @returns the cookie, or undefined when it does not answer the packet with this mac1 */
export function openCookie(
  blake3: Blake3,
  key: Uint8Array,
  mac1: Uint8Array,
  reply: Uint8Array,
): Uint8Array | undefined {
  const mac = reply.subarray(COOKIE.mac, COOKIE.macEnd)
  if (!equalConstantTime(cookieMac(blake3, key, mac1, reply), mac)) return undefined
  const mask = blake3.keyed(key, concat(utf8('mask'), mac1), MAC_BYTES)
  return mask.map((byte, i) => byte ^ reply[COOKIE.cookie + i])
}

function cookieMac(blake3: Blake3, key: Uint8Array, mac1: Uint8Array, reply: Uint8Array): Uint8Array {
  return blake3.keyed(key, concat(utf8('mac'), mac1, reply.subarray(0, COOKIE.mac)), MAC_BYTES)
}
