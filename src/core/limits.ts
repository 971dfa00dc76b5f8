/**
 * Every bound on what a peer may make us hold or do, in one place. Each is enforced where it is named and tested one
 * past it. What a user may change has its default here too.
 */
export const LIMITS = {
  /** Bytes of a sealed record after its header: type, body and tag. The length field has 16 bits. */
  maxRecordBytes: 65_535,
  /** Bytes of a chain (inception, rotations, certificate) a peer may send. 16 rotations of the largest suite fit. */
  maxChainBytes: 512 * 1024,
  /** Rotations of one identity. */
  maxRotations: 16,
  /** Unconfirmed sessions a responder holds. */
  maxUnconfirmed: 1024,
  /** How long an unconfirmed session may live, ms. */
  unconfirmedMs: 30_000,
  /** Entries of the replay cache for first messages. */
  maxReplayEntries: 65_536,
  /** How long a first message is remembered, ms. */
  replayMs: 180_000,
  /** Accepted difference of wall clocks in a first message, ms. */
  maxClockSkewMs: 90_000,
  /** How long a retired static key serves after its certificate ended, ms. */
  certificateGraceMs: 90_000,
  /** How long a session waits for a new carrier, ms. */
  carrierLossMs: 30_000,
  /** Attaches without progress before a session ends. */
  maxIdleAttaches: 3,
  /** Records sealed under one phase before it must step. */
  stepRecords: 2 ** 20,
  /** Bytes sealed under one phase before it must step. */
  stepBytes: 2 ** 30,
  /** Milliseconds under one phase before it must step. */
  stepMs: 120_000,
  /** Records under one phase after which the session is closed. */
  hardRecords: 2 ** 23,
  /** Milliseconds between KEM ratchets of the initiator. */
  ratchetMs: 3_600_000,
  /** Counters behind the highest that a datagram receiver still accepts. */
  datagramWindow: 2048,
  /** Bytes of early data in a resumption. */
  maxEarlyDataBytes: 16_384,
  /** Lifetime of a ticket, ms. */
  ticketMs: 2 * 3_600_000,
  /** Tickets an issuer keeps. */
  maxTickets: 4096,
  /** Nesting depth of a decoded message body. */
  maxDepth: 16,
} as const
