/** TLS of a transport. Only 1.3 is spoken: a peer that offers no more than 1.2 is refused. */
export interface TlsOptions {
  /** Own certificate chain, PEM. A listener needs one; a dialler only for mutual TLS. */
  readonly cert?: string
  /** Private key of {@link cert}, PEM. Never leaves the process and never stands in an error. */
  readonly key?: string
  /** Authorities to trust, PEM. Default: those of the runtime. */
  readonly ca?: string | readonly string[]
  /** Revocation lists, PEM. With any given, every certificate of the chain must be covered by one. */
  readonly crl?: string | readonly string[]
  /**
   * Accepted keys of the peer: SHA-256 of the SubjectPublicKeyInfo, base64 (RFC 7469). The peer's key must be one of
   * them, in addition to a valid chain.
   */
  readonly pins?: readonly string[]
  /**
   * Trust the pins alone: no authority and no host name is asked, which fits self-signed certificates. The dates of the
   * certificate still count. Needs {@link pins}. Default false.
   */
  readonly pinOnly?: boolean
  /** Name to ask for (SNI) and to find in the certificate. Default: the host of the address. */
  readonly serverName?: string
  /** Mutual TLS: a listener refuses clients without a certificate that it trusts. Default false. */
  readonly requireClientCertificate?: boolean
  /**
   * Key exchange groups, best first, colon separated. Default: X25519MLKEM768 where the runtime's TLS has it, then
   * X25519, P-256 and P-384.
   */
  readonly groups?: string
}

/** What every transport over sockets can be told. */
export interface TransportOptions {
  /** TLS for `tls://` and `wss://`. */
  readonly tls?: TlsOptions
  /** Open connections of a listener; more are closed at once. Default `LIMITS.maxConnections`, 4096. */
  readonly maxConnections?: number
  /** Time until a dialled carrier must be open, ms; a dial may say otherwise. Default 30,000. */
  readonly connectionTimeoutMs?: number
}

/** Kinds of transport that hyphae brings along. */
export type TransportType = 'tcp' | 'ws' | 'memory'

/** A transport as configuration: its kind and its options in one object. */
export interface TransportConfig extends TransportOptions {
  /** Which transport. */
  readonly type: TransportType
}
