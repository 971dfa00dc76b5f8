/** Where an address leads: `none` where no connection can go. Names count as public: who resolves them decides. */
export type AddressReach = 'public' | 'private' | 'loopback' | 'none'

/** How far an IP address or name reaches, by the special-purpose registries (RFC 6890) and their successors. */
export function reachOf(host: string): AddressReach {
  const text = host
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
    .toLowerCase()
  if (text === 'localhost' || text.endsWith('.localhost')) return 'loopback'
  if (text.includes(':')) return reachOfIpv6(text)
  return /^[\d.]+$/.test(text) || /^0x/.test(text) ? reachOfIpv4(text) : 'public'
}

/**
 * Whether an address that a peer names for itself is worth a dial. A peer that came from the public network may not
 * send us to our own machine or into our own network: it would have us knock at doors that it cannot reach itself.
 *
 * @param address - `scheme://host[:port][/path]`
 * @param peerHost - where the peer's present carrier comes from
 */
export function isPlausibleAddress(address: string, peerHost: string): boolean {
  const host = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]/]*\]|[^:/?#]*)/i.exec(address)?.[1]
  if (host === undefined || host === '') return false
  const reach = reachOf(host)
  const from = reachOf(peerHost)
  if (reach === 'loopback') return from === 'loopback'
  if (reach === 'private') return from === 'private' || from === 'loopback'
  return reach === 'public'
}

function reachOfIpv4(text: string): AddressReach {
  const parts = text.split('.')
  // Short, octal and hexadecimal forms are read in different ways by different programs.
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return 'none'
  const [a, b] = parts.map(Number)
  if (a === 127) return 'loopback'
  if (a === 0 || a >= 224) return 'none'
  const isPrivate = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)
  const isLocal = (a === 169 && b === 254) || (a === 100 && b >= 64 && b < 128)
  return isPrivate || isLocal ? 'private' : 'public'
}

function reachOfIpv6(text: string): AddressReach {
  const mapped = /^(?:0*:){2,}(?:0*:)*ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(text)?.[1]
  if (mapped !== undefined) return reachOfIpv4(mapped)
  if (/^[0:]*:0*1$/.test(text)) return 'loopback'
  if (/^[0:]*$/.test(text) || text.startsWith('ff')) return 'none'
  // What is left of the first sixteen zero bits embeds IPv4 addresses in one way or another.
  if (/^(::|0+:)/.test(text)) return 'private'
  return /^f[cd]|^fe[89ab]/.test(text) ? 'private' : 'public'
}
