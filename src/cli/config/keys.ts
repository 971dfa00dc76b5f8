import { LIMITS } from '../../core/limits.js'
import type { SuiteId } from '../../index.js'
import { addresses, choice, flag, type Rule, seconds, text, whole } from './rules.js'

const MAX_PATH_CHARS = 4096
const TOR_REMEDY = 'set it to false; reach the network through a Tor of your own until hyphae brings its transport'
const CLASSICAL =
  'set it to X-Wing, which holds X25519 and ML-KEM-768 together; a classical exchange alone falls to a quantum computer'

/** Accepts `false` only: what a later version brings must not look as if it were on. */
const notYet =
  (remedy: string): Rule<false> =>
  value =>
    value === false ? { value } : { expected: 'false', remedy }

/**
 * Every key of a configuration file, with what it may be. The sections `network`, `security` and `performance` have the
 * names that P2P nodes of this family always had; the others are hyphae's own.
 */
export const KEYS = {
  'node.name': text(253),
  'network.name': text(LIMITS.maxNameBytes),
  'network.listen_address': addresses,
  'network.external_address': addresses,
  'network.bootstrap_nodes': addresses,
  'network.max_connections': whole(1, 100_000),
  'network.max_connections_per_host': whole(1, 100_000),
  'network.exempt_loopback': flag,
  'network.connection_timeout': seconds(0.01, 600),
  'security.encryption': choice(
    { 'ChaCha20-Poly1305': 'ChaCha20-Poly1305' as const },
    {
      'AES-256-GCM':
        'set it to ChaCha20-Poly1305, equally strong and equally fast on every runtime; AES-256-GCM is not offered',
    },
  ),
  'security.key_exchange': choice(
    { 'X-Wing': 'X-Wing' as const, hybrid: 'X-Wing' as const },
    { ECDH: CLASSICAL, ECDHE: CLASSICAL, X25519: CLASSICAL, 'P-256': CLASSICAL },
  ),
  'security.signature_algorithm': choice<SuiteId>(
    { 'ML-DSA-65+Ed25519': 1, 'ML-DSA-87+ECDSA-P384': 2, 'SLH-DSA-SHA2-128s': 3 },
    { Ed25519: 'set it to ML-DSA-65+Ed25519, which holds both: Ed25519 alone can be forged with a quantum computer' },
  ),
  'security.certificate_file': text(MAX_PATH_CHARS),
  'security.private_key_file': text(MAX_PATH_CHARS),
  'security.enable_tor': notYet(TOR_REMEDY),
  'performance.message_batch_size': whole(1, 65_536),
  'performance.compression': flag,
  'performance.compression_threshold': whole(1, 64 * 1024 * 1024),
  'performance.connection_pool_size': whole(1, 100_000),
  'performance.max_message_size': whole(LIMITS.floorMessageBytes, 64 * 1024 * 1024),
  'identity.path': text(MAX_PATH_CHARS),
  'identity.passphrase_file': text(MAX_PATH_CHARS),
  'storage.path': text(MAX_PATH_CHARS),
} as const

/** A key of a configuration file, `section.name`. */
export type Key = keyof typeof KEYS

type ValueOf<R> = R extends Rule<infer T> ? T : never

/** What a configuration says: the values of the keys it has. */
export type Settings = { readonly [K in Key]?: ValueOf<(typeof KEYS)[K]> }

/** The sections there are. */
export const SECTIONS: readonly string[] = [...new Set(Object.keys(KEYS).map(key => key.slice(0, key.indexOf('.'))))]

/** The names of a section. */
export function namesOf(section: string): string[] {
  return Object.keys(KEYS)
    .filter(key => key.startsWith(`${section}.`))
    .map(key => key.slice(section.length + 1))
}
