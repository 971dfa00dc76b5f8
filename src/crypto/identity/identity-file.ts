import { compareBytes, concat, readU16, wipe, writeU16 } from '../../core/bytes.js'
import type { ErrorCode } from '../../core/errors.js'
import { LIMITS } from '../../core/limits.js'
import { utf8 } from '../../core/text.js'
import type { Kernels } from '../../ports/kernels.js'
import { IDENTITY_LABEL } from './labels.js'

/** Cost of the passphrase function: scrypt (RFC 7914) with N = 2^logN. */
export interface KdfParams {
  /** Binary logarithm of N, 10–20. Default 17. */
  readonly logN: number
  /** Block size, 1–32. Default 8. */
  readonly r: number
  /** Parallelism, 1–16. Default 1. */
  readonly p: number
}

/** scrypt with N = 2^17, r = 8, p = 1: 128 MiB and about half a second. */
export const DEFAULT_KDF: KdfParams = { logN: 17, r: 8, p: 1 }

/** What stands in clear before the sealed part of an identity file. */
export interface FileHeader {
  readonly kdf: KdfParams
  readonly salt: Uint8Array
}

/** What an identity file keeps. */
export interface FileContent {
  /** Root chain: inception and rotations. */
  readonly chain: Uint8Array
  /** Secret key of the current root. */
  readonly secret: Uint8Array
  /** Secret of the pre-committed next root and its suite; absent where the identity never rotates or keeps it elsewhere. */
  readonly next: { readonly suite: number; readonly secret: Uint8Array } | undefined
}

/** Why a file could not be opened. */
export interface FileRefusal {
  readonly ok: false
  readonly code: Extract<ErrorCode, 'IDENTITY_CORRUPT' | 'DECRYPT_FAILED'>
  readonly reason: string
}

/** `"HYid" 4 | version 1 | kdf 1 (1 scrypt) | logN 1 | r 1 | p 1 | reserved 7 | salt 32 | sealed | checksum 16`. */
const AT = { version: 4, kdf: 5, logN: 6, r: 7, p: 8, reserved: 9, salt: 16, sealed: 48 } as const
const MAGIC = utf8('HYid')
const TAG = 16
const CHECKSUM = 16

/** Whether the parameters are in range and within `LIMITS.maxKdfMemoryBytes` and `maxKdfWork`. */
export function isBoundedKdf({ logN, r, p }: KdfParams): boolean {
  const whole = Number.isInteger(logN) && Number.isInteger(r) && Number.isInteger(p)
  if (!whole || logN < 10 || logN > 20 || r < 1 || r > 32 || p < 1 || p > 16) return false
  return 128 * 2 ** logN * r <= LIMITS.maxKdfMemoryBytes && 2 ** logN * r * p <= LIMITS.maxKdfWork
}

/**
 * Reads the header of an identity file and checks its checksum, before any costly work. A file that was damaged is told
 * from a wrong passphrase by that checksum; it authenticates nothing, the AEAD does.
 */
export function readFileHeader(kernels: Kernels, file: Uint8Array): ({ readonly ok: true } & FileHeader) | FileRefusal {
  const corrupt = (reason: string): FileRefusal => ({ ok: false, code: 'IDENTITY_CORRUPT', reason })
  if (file.length > LIMITS.maxIdentityFileBytes) return corrupt('longer than an identity file can be')
  if (file.length < AT.sealed + TAG + CHECKSUM) return corrupt('too short')
  if (compareBytes(file.subarray(0, 4), MAGIC) !== 0) return corrupt('not an identity file')
  if (file[AT.version] !== 1 || file[AT.kdf] !== 1) return corrupt('made by a newer version')
  const end = file.length - CHECKSUM
  const sum = checksum(kernels, file.subarray(0, end))
  if (compareBytes(sum, file.subarray(end)) !== 0) return corrupt('damaged')
  const kdf = { logN: file[AT.logN], r: file[AT.r], p: file[AT.p] }
  if (!isBoundedKdf(kdf)) return corrupt('asks for more passphrase work than is allowed')
  if (file.subarray(AT.reserved, AT.salt).some(byte => byte !== 0)) return corrupt('reserved bytes are set')
  return { ok: true, kdf, salt: file.slice(AT.salt, AT.sealed) }
}

/**
 * Seals an identity under the key the passphrase function made of header.salt. The whole header is associated data.
 *
 * @param passphraseKey - 32 bytes; the caller wipes it
 */
export function sealFile(
  kernels: Kernels,
  header: FileHeader,
  passphraseKey: Uint8Array,
  content: FileContent,
): Uint8Array {
  const plain = encodeContent(content)
  const out = new Uint8Array(AT.sealed + plain.length + TAG + CHECKSUM)
  out.set(MAGIC)
  out.set([1, 1, header.kdf.logN, header.kdf.r, header.kdf.p], AT.version)
  out.set(header.salt, AT.salt)
  out.set(plain, AT.sealed)
  wipe(plain)
  const end = out.length - CHECKSUM
  withKey(kernels, passphraseKey, key => key.seal(NONCE, out, 0, AT.sealed, out, AT.sealed, end - TAG))
  out.set(checksum(kernels, out.subarray(0, end)), end)
  return out
}

/** Opens what {@link sealFile} made, after {@link readFileHeader} accepted it. A wrong key is DECRYPT_FAILED. */
export function openFile(
  kernels: Kernels,
  file: Uint8Array,
  passphraseKey: Uint8Array,
): { readonly ok: true; readonly content: FileContent } | FileRefusal {
  // Not file.slice(): a Buffer would share its memory, and the opening below happens in place.
  const copy = Uint8Array.from(file)
  const end = copy.length - CHECKSUM
  const opened = withKey(kernels, passphraseKey, key => key.open(NONCE, copy, 0, AT.sealed, copy, AT.sealed, end))
  if (!opened) return { ok: false, code: 'DECRYPT_FAILED', reason: 'wrong passphrase' }
  const content = decodeContent(copy.subarray(AT.sealed, end - TAG))
  wipe(copy)
  return content ? { ok: true, content } : { ok: false, code: 'IDENTITY_CORRUPT', reason: 'malformed content' }
}

/** A fixed nonce is safe: the key comes from a fresh random salt and seals one file. */
const NONCE = new Uint8Array(12)

function withKey<T>(
  kernels: Kernels,
  passphraseKey: Uint8Array,
  use: (key: ReturnType<Kernels['aead']['key']>) => T,
): T {
  const raw = kernels.blake3.deriveKey(IDENTITY_LABEL.fileKey, passphraseKey)
  const key = kernels.aead.key(raw)
  wipe(raw)
  try {
    return use(key)
  } finally {
    key.free()
  }
}

function checksum(kernels: Kernels, bytes: Uint8Array): Uint8Array {
  return kernels.blake3.deriveKey(IDENTITY_LABEL.fileChecksum, bytes, CHECKSUM)
}

/** `length 2 | secret | next suite 1 | length 2 | next secret | chain`. */
function encodeContent({ secret, next, chain }: FileContent): Uint8Array {
  const head = new Uint8Array(2)
  writeU16(head, 0, secret.length)
  const middle = new Uint8Array(3)
  middle[0] = next?.suite ?? 0
  writeU16(middle, 1, next?.secret.length ?? 0)
  return concat(head, secret, middle, next?.secret ?? new Uint8Array(0), chain)
}

function decodeContent(plain: Uint8Array): FileContent | undefined {
  if (plain.length < 2) return undefined
  const secretEnd = 2 + readU16(plain, 0)
  if (secretEnd + 3 > plain.length) return undefined
  const suite = plain[secretEnd]
  const nextEnd = secretEnd + 3 + readU16(plain, secretEnd + 1)
  if (nextEnd > plain.length || (suite === 0) !== (nextEnd === secretEnd + 3)) return undefined
  const next = suite === 0 ? undefined : { suite, secret: plain.slice(secretEnd + 3, nextEnd) }
  return { secret: plain.slice(2, secretEnd), next, chain: plain.slice(nextEnd) }
}
