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
  /** How long an unconfirmed session may live, ms, where `handshakeTimeoutMs` does not end it sooner. */
  unconfirmedMs: 30_000,
  /** Packets of a carrier that is to become a session's; an honest dial needs no more than seven. */
  maxHandshakePackets: 16,
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
  /** Shortest time between two KEM ratchets that a responder answers, ms: each costs it a KEM operation. */
  minRatchetMs: 10_000,
  /** Bytes of control records that may wait for a peer's acknowledgement beyond the data; more ends the session. */
  maxUnackedControlBytes: 256 * 1024,
  /** Acknowledgement records received after which they are acknowledged themselves, so that they do not pile up. */
  maxUnackedAcks: 64,
  /** Counters behind the highest that a datagram receiver still accepts. */
  datagramWindow: 2048,
  /** Bytes of early data in a resumption. */
  maxEarlyDataBytes: 16_384,
  /** Lifetime of a ticket, ms. */
  ticketMs: 2 * 3_600_000,
  /** Tickets an issuer keeps of one peer: the newest, since a peer returns with its last one. */
  maxTicketsOfPeer: 4,
  /** Tickets an issuer keeps. */
  maxTickets: 4096,
  /** Nesting depth of a decoded message body. */
  maxDepth: 16,
  /** Characters of an address, before anything of it is looked at. */
  maxAddressChars: 512,
  /** Unsent bytes of a carrier above which `write` answers false. */
  carrierHighWaterBytes: 256 * 1024,
  /** Received bytes a carrier holds for a receiver that is paused or not bound yet, where the runtime cannot stop reading. */
  maxInboxBytes: 4 * 1024 * 1024,
  /** Bytes of one WebSocket message a peer may send. Ours are a quarter of it. */
  maxWebSocketMessageBytes: 1024 * 1024,
  /** Fragments of one WebSocket message: each costs far more memory than the few bytes it may hold. */
  maxWebSocketFragments: 1024,
  /** Pieces in which the bytes of one unfinished WebSocket frame may come, for the same reason. */
  maxWebSocketChunks: 8192,
  /** How long an orderly close waits for the peer to take the rest, ms. */
  carrierLingerMs: 5_000,
  /** Time until a carrier that is dialled must be open, ms. */
  connectionTimeoutMs: 30_000,
  /** Time until an accepted connection must have finished TLS and the WebSocket upgrade, ms. */
  acceptMs: 10_000,
  /** Accepted connections of a listener that have not finished TLS and the WebSocket upgrade. One more ends the oldest of the host with most. */
  maxPendingAccepts: 512,
  /** Open connections of a listener. */
  maxConnections: 4096,
  /** Bytes of the request line and headers of a WebSocket upgrade. */
  maxUpgradeHeaderBytes: 8 * 1024,
  /** Characters of a key of a store. */
  maxStoreKeyChars: 200,
  /** Bytes of a message's name in UTF-8. */
  maxNameBytes: 255,
  /** Names a peer may define on one lane of a session, to be meant by number afterwards. */
  maxLaneNames: 1024,
  /** Bytes of a message body that every node accepts, sent before the peer told its own limit. */
  floorMessageBytes: 1024,
  /** Bytes of a delivery frame beside its body: kind, ids, timeout and name. */
  maxFrameHeaderBytes: 320,
  /** Bytes of the text that says why a handler failed or a request was refused. */
  maxFailureTextBytes: 512,
  /** Failed messages of one lane whose sender has not confirmed that it knows; the lane stands still at this many. */
  maxHeldFailures: 64,
  /** Highest number of a message or request on the wire. */
  maxSequence: 2 ** 48,
  /** Bytes of a stream's name in UTF-8: its length field has 8 bits. */
  maxStreamNameBytes: 255,
  /** Bytes of a datagram's body that any node may allow: it must fit the 16,384 bytes a record always has room for. */
  maxDatagramBytes: 16_381,
  /** Longest life of an operating certificate from not-before to not-after, ms. */
  maxCertificateLifetimeMs: 7 * 86_400_000,
  /** Verified certificates kept by hash. */
  maxCachedCertificates: 4096,
  /** Identities whose newest rotation and certificate a verifier remembers. */
  maxKnownIdentities: 65_536,
  /** Bytes of an exported identity. Two secrets, an inception and 16 rotations of the largest suite fit. */
  maxIdentityFileBytes: 256 * 1024,
  /** Memory that the passphrase function of an imported identity may ask for (scrypt 128·N·r), bytes. */
  maxKdfMemoryBytes: 256 * 1024 * 1024,
  /** Work of the passphrase function of an imported identity (scrypt N·r·p), about 8 s in plain JavaScript. */
  maxKdfWork: 2 ** 22,
  /** Items (values and keys) of one decoded msgpack message. */
  maxMsgpackItems: 1_000_000,
  /** Hosts, subnets and peers whose rates are remembered, each. */
  maxTrackedHosts: 16_384,
  /** Bans held at once. */
  maxBans: 4096,
  /** Peers in the address book. */
  maxBookPeers: 4096,
  /** Peers remembered with their messages, connected or not; of those not needed the one longest gone makes room. */
  maxRememberedPeers: 16_384,
  /** Receive states of peers that were forgotten, so that a message is not handed up twice. */
  maxStoredInboxes: 65_536,
  /** Introductions of a peer taken in one session. */
  maxIntroductions: 4,
  /** Early requests of one peer whose answers are being made; beyond, the answer is RATE_LIMITED. */
  maxEarlyAnswers: 256,
  /** Early requests of all peers together whose answers are being made. */
  maxEarlyAnswersAll: 4096,
  /** Requests of ours that wait for a resumption with one peer; beyond, they go the ordinary way. */
  maxEarlyRequests: 64,
  /** Incidents of one kind told in a row; the next one told says how many were left out. */
  incidentBurst: 32,
  /** Incidents of one kind told per second after that. */
  incidentsPerSecond: 8,
  /** Addresses of one peer in the address book. */
  maxPeerAddresses: 16,
  /** Attempts to reach one peer that are remembered to explain failures. */
  maxDialHistory: 16,
  /** Time after the first failed attempt to reach a peer, ms. */
  dialBackoffFirstMs: 100,
  /** Longest time between attempts to reach a peer, ms. */
  dialBackoffMaxMs: 60_000,
  /** Bytes of a JSON message in which `hyphae send` and `hyphae receive` agree on a transfer. */
  maxFileMessageBytes: 4096,
  /** Bytes of the name that a received file gets, in UTF-8. Room is left for a number behind it. */
  maxFileNameBytes: 200,
} as const
