import { concat, wipe, writeU64 } from '../../core/bytes.js'
import { HyphaeError } from '../../core/errors.js'
import { utf8 } from '../../core/text.js'
import type { Blake3 } from '../../ports/kernels.js'
import { LABEL } from '../labels.js'

/** Who speaks in a direction. */
export type Side = 'initiator' | 'responder'

/** Names of a session's secrets in the order in which they stand in its one array. */
const NAMES = ['root', 'chain', 'resumption', 'attach', 'exporter', 'channelBinding'] as const
const SECRET_BYTES = 32

/** The secrets of a session one by one, 32 bytes each. */
export type SecretParts = { readonly [K in (typeof NAMES)[number]]: Uint8Array }

/**
 * The secrets of a session that outlive single records; renewed together by the KEM ratchet. They share one array: each
 * array of its own would cost 200 bytes more, and a small one would be moved by the collector and leave copies behind.
 * What the getters answer are views, which show the new secret after a renewal.
 */
export class SessionSecrets implements SecretParts {
  private readonly bytes = new Uint8Array(NAMES.length * SECRET_BYTES)

  /** @param parts - are copied and wiped */
  constructor(parts: SecretParts) {
    NAMES.forEach((name, i) => this.bytes.set(parts[name], i * SECRET_BYTES))
    wipe(...Object.values(parts))
  }

  /**
   * Root of the current KEM epoch. Whoever derives both directions from it wipes it then: kept, it would open every
   * record since the epoch began, however often the phases stepped.
   */
  get root(): Uint8Array {
    return this.at(0)
  }

  /** What the next epoch's root derives from; says nothing about the records of this one. */
  get chain(): Uint8Array {
    return this.at(1)
  }

  /** Source of resumption tickets. */
  get resumption(): Uint8Array {
    return this.at(2)
  }

  /** Source of attach ids and macs. */
  get attach(): Uint8Array {
    return this.at(3)
  }

  /** For applications: {@link exportSecret}. Fixed for the life of the session. */
  get exporter(): Uint8Array {
    return this.at(4)
  }

  /** Public value that names this session to both sides and to nobody else; for binding tokens to it. */
  get channelBinding(): Uint8Array {
    return this.at(5)
  }

  /** Enters an epoch: everything renewable derives from its root, which is wiped. */
  renew(blake3: Blake3, root: Uint8Array): void {
    this.root.set(root)
    for (const [name, secret] of Object.entries(renewable(blake3, root))) {
      this[name as keyof ReturnType<typeof renewable>].set(secret)
      wipe(secret)
    }
    wipe(root)
  }

  private at(index: number): Uint8Array {
    return this.bytes.subarray(index * SECRET_BYTES, (index + 1) * SECRET_BYTES)
  }
}

/** What is derived from the root of an epoch. */
function renewable(blake3: Blake3, root: Uint8Array): Pick<SecretParts, 'chain' | 'resumption' | 'attach'> {
  return {
    chain: blake3.deriveKey(LABEL.chain, root),
    resumption: blake3.deriveKey(LABEL.resumptionSecret, root),
    attach: blake3.deriveKey(LABEL.attach, root),
  }
}

/** Derives the session's secrets from chaining key and transcript hash, and wipes that material. */
export function sessionSecrets(blake3: Blake3, material: Uint8Array): SessionSecrets {
  const root = blake3.deriveKey(LABEL.root, material)
  const exporter = blake3.deriveKey(LABEL.exporter, material)
  const channelBinding = blake3.deriveKey(LABEL.channelBinding, material)
  wipe(material)
  return new SessionSecrets({ root, ...renewable(blake3, root), exporter, channelBinding })
}

/**
 * The next KEM epoch: everything renewable is derived anew from the old epoch's chain secret and the fresh shared secret,
 * and takes the place of the old. Who has to answer to the old attach key for a while copies it before.
 */
export function ratchet(
  blake3: Blake3,
  secrets: SessionSecrets,
  shared: Uint8Array,
  publicKey: Uint8Array,
  ciphertext: Uint8Array,
): void {
  const material = concat(secrets.chain, shared, blake3.hash(concat(publicKey, ciphertext)))
  wipe(shared)
  secrets.renew(blake3, blake3.deriveKey(LABEL.ratchet, material))
  wipe(material)
}

/** First secret of one direction in an epoch. */
export function directionSecret(blake3: Blake3, root: Uint8Array, sender: Side): Uint8Array {
  return derive(blake3, LABEL.direction, root, Uint8Array.of(sender === 'initiator' ? 0 : 1))
}

/** Secret of the next step; the old one is wiped. */
export function stepSecret(blake3: Blake3, secret: Uint8Array): Uint8Array {
  const next = blake3.deriveKey(LABEL.step, secret)
  wipe(secret)
  return next
}

/** Record keys by kind; they never share a key. */
export const KIND = { stream: 0, datagram: 1 } as const

/** Key 32 and iv 12 of one kind of records under a direction secret. */
export function recordKey(blake3: Blake3, secret: Uint8Array, kind: number): { key: Uint8Array; iv: Uint8Array } {
  const material = concat(secret, Uint8Array.of(kind))
  const out = blake3.deriveKey(LABEL.record, material, 44)
  wipe(material)
  return { key: out.subarray(0, 32), iv: out.subarray(32, 44) }
}

/** Pre-shared key of one ticket. */
export function ticketKey(blake3: Blake3, resumption: Uint8Array, ticketId: Uint8Array): Uint8Array {
  return derive(blake3, LABEL.ticketKey, resumption, ticketId)
}

/** Id of the n-th change of carrier: 16 bytes that only the two sides can link to the session. */
export function attachId(blake3: Blake3, attach: Uint8Array, n: number): Uint8Array {
  const counter = new Uint8Array(8)
  writeU64(counter, 0, n)
  return derive(blake3, LABEL.attachId, attach, counter).subarray(0, 16)
}

/** Mac over the transcript of a change of carrier, 16 bytes. */
export function attachMac(blake3: Blake3, attach: Uint8Array, ...transcript: Uint8Array[]): Uint8Array {
  const key = blake3.deriveKey(LABEL.attachMac, attach)
  const mac = blake3.keyed(key, concat(...transcript)).subarray(0, 16)
  wipe(key)
  return mac
}

/**
 * A secret for the application, bound to label and context: both sides get the same one.
 *
 * @param label - at most 255 bytes of UTF-8
 * @throws HyphaeError INVALID_ARGUMENT for a longer label, whose length byte would be ambiguous
 */
export function exportSecret(
  blake3: Blake3,
  exporter: Uint8Array,
  label: string,
  context: Uint8Array,
  bytes: number,
): Uint8Array {
  const name = utf8(label)
  if (name.length > 255) throw new HyphaeError('INVALID_ARGUMENT', 'an exporter label has at most 255 bytes')
  return blake3.keyed(exporter, concat(Uint8Array.of(name.length), name, context), bytes)
}

function derive(blake3: Blake3, label: string, secret: Uint8Array, data: Uint8Array): Uint8Array {
  const material = concat(secret, data)
  const out = blake3.deriveKey(label, material)
  wipe(material)
  return out
}
