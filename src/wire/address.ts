import { HyphaeError } from '../core/errors.js'
import { isPeerId, type PeerId } from '../core/ids.js'
import { LIMITS } from '../core/limits.js'

/** An address in its parts. */
export interface Address {
  /** Lower case, without `://`: `tcp`, `wss`, … */
  readonly scheme: string
  /** Lower case; IPv6 without brackets. Empty where the scheme lets it. */
  readonly host: string
  /** 0 asks a listener for a free port; 0 as well where the scheme has no ports. */
  readonly port: number
  /** With its leading slash; `/` or longer for WebSocket addresses, empty elsewhere. */
  readonly path: string
  /** The peer expected there, when the address names one. */
  readonly peerId?: PeerId
}

interface SchemeRules {
  /** Port where the address names none; undefined: it must name one. */
  readonly defaultPort: number | undefined
  readonly port: 'yes' | 'never'
  readonly path: boolean
  readonly emptyHost: boolean
}

const STREAM: SchemeRules = { defaultPort: undefined, port: 'yes', path: false, emptyHost: false }
const OTHER: SchemeRules = { defaultPort: 0, port: 'yes', path: true, emptyHost: false }
const RULES: ReadonlyMap<string, SchemeRules> = new Map([
  ['tcp', STREAM],
  ['tls', STREAM],
  ['ws', { defaultPort: 80, port: 'yes', path: true, emptyHost: false }],
  ['wss', { defaultPort: 443, port: 'yes', path: true, emptyHost: false }],
  ['memory', { defaultPort: 0, port: 'never', path: false, emptyHost: true }],
])

/**
 * Reads an address: `ws://host:port/path`, `wss://…`, `tcp://host:port`, `tls://host:port`, `memory://name`; IPv6 in
 * brackets; an optional `#<peerId>` at the end names the peer expected there. Other schemes are read by the same
 * grammar with an optional port. Stricter than the URL standard: no user, no escapes in the host, no odd spellings of
 * IPv4, so that one place has one spelling.
 *
 * @param text what a user or a peer wrote, at most `LIMITS.maxAddressChars` characters
 * @param defaultScheme scheme of a bare `host:port`; without it a bare one is refused
 * @throws HyphaeError INVALID_ARGUMENT saying which part is wrong
 * @example
 * ```ts
 * parseAddress('tcp://[::1]:4001')            // { scheme: 'tcp', host: '::1', port: 4001, path: '' }
 * parseAddress('203.0.113.7:8000', 'ws')      // { scheme: 'ws', host: '203.0.113.7', port: 8000, path: '/' }
 * ```
 */
export function parseAddress(text: string, defaultScheme?: string): Address {
  if (text.length > LIMITS.maxAddressChars) throw refused(text, `longer than ${LIMITS.maxAddressChars} characters`)
  const schemeEnd = text.indexOf('://')
  if (schemeEnd < 0 && defaultScheme === undefined) throw refused(text, 'no scheme', 'write it as tcp://host:port')
  const scheme = schemeEnd < 0 ? (defaultScheme as string) : text.slice(0, schemeEnd).toLowerCase()
  if (!/^[a-z][a-z0-9+.-]{0,31}$/.test(scheme)) throw refused(text, 'the scheme is not a name')
  const rules = RULES.get(scheme) ?? OTHER
  const { rest, peerId } = splitPeer(text, schemeEnd < 0 ? text : text.slice(schemeEnd + 3))
  const slash = rest.indexOf('/')
  const authority = slash < 0 ? rest : rest.slice(0, slash)
  const path = readPath(text, scheme, rules, slash < 0 ? '' : rest.slice(slash))
  const { host, portText } = splitAuthority(text, authority)
  if (host === '' && !rules.emptyHost) throw refused(text, 'the host is missing')
  const port = readPort(text, scheme, rules, portText)
  return peerId === undefined ? { scheme, host, port, path } : { scheme, host, port, path, peerId }
}

/** The one spelling of an address; {@link parseAddress} reads it back to the same parts. */
export function formatAddress(address: Address): string {
  const rules = RULES.get(address.scheme) ?? OTHER
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  const port = rules.port === 'never' || (rules === OTHER && address.port === 0) ? '' : `:${address.port}`
  const path = address.path === '/' ? '' : address.path
  const peer = address.peerId === undefined ? '' : `#${address.peerId}`
  return `${address.scheme}://${host}${port}${path}${peer}`
}

function refused(text: string, what: string, remedy?: string): HyphaeError {
  return new HyphaeError('INVALID_ARGUMENT', `not an address: ${what}: ${JSON.stringify(text.slice(0, 80))}`, {
    remedy: remedy ?? 'an address looks like tcp://host:port, tls://[::1]:4001, wss://host/path or memory://name',
    details: { reason: what },
  })
}

function splitPeer(text: string, body: string): { rest: string; peerId?: PeerId } {
  const hash = body.indexOf('#')
  if (hash < 0) return { rest: body }
  const peerId = body.slice(hash + 1)
  if (!isPeerId(peerId)) throw refused(text, 'what follows # is not a peer id')
  return { rest: body.slice(0, hash), peerId }
}

function splitAuthority(text: string, authority: string): { host: string; portText: string | undefined } {
  if (authority.startsWith('[')) {
    const end = authority.indexOf(']')
    const host = authority.slice(1, end < 0 ? undefined : end).toLowerCase()
    if (end < 0 || !isIpv6(host)) throw refused(text, 'what is in brackets is not IPv6')
    const after = authority.slice(end + 1)
    if (after !== '' && !after.startsWith(':')) throw refused(text, 'only a port may follow the brackets')
    return { host, portText: after === '' ? undefined : after.slice(1) }
  }
  const colon = authority.indexOf(':')
  if (colon !== authority.lastIndexOf(':')) throw refused(text, 'IPv6 needs brackets', 'write it as tcp://[::1]:4001')
  const host = (colon < 0 ? authority : authority.slice(0, colon)).toLowerCase()
  if (host !== '' && !isHostName(host)) throw refused(text, 'the host is neither a name nor IPv4')
  return { host, portText: colon < 0 ? undefined : authority.slice(colon + 1) }
}

function readPort(text: string, scheme: string, rules: SchemeRules, portText: string | undefined): number {
  if (portText === undefined) {
    if (rules.defaultPort === undefined) throw refused(text, 'the port is missing', `write it as ${scheme}://host:port`)
    return rules.defaultPort
  }
  if (rules.port === 'never') throw refused(text, `${scheme} addresses have no port`)
  if (!/^(0|[1-9][0-9]{0,4})$/.test(portText) || Number(portText) > 65_535) {
    throw refused(text, 'the port is not a number from 0 to 65535')
  }
  return Number(portText)
}

function readPath(text: string, scheme: string, rules: SchemeRules, path: string): string {
  const webSocket = scheme === 'ws' || scheme === 'wss'
  if (path === '') return webSocket ? '/' : ''
  if (!rules.path) throw refused(text, `${scheme} addresses have no path`)
  if (!/^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*$/.test(path)) {
    throw refused(text, 'the path has characters that must be escaped')
  }
  return path
}

/** A name of labels, or IPv4 in its one usual spelling. */
function isHostName(host: string): boolean {
  if (host.length > 253) return false
  const labels = host.split('.')
  if (/^[0-9]+$/.test(labels[labels.length - 1])) return isIpv4(host)
  return labels.every(label => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
}

function isIpv4(host: string): boolean {
  return (
    /^(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}$/.test(host) && host.split('.').every(part => Number(part) < 256)
  )
}

/** RFC 4291 text forms, without a zone: a zone has no meaning to another machine. */
function isIpv6(host: string): boolean {
  const halves = host.split('::')
  if (halves.length > 2) return false
  let groups = 0
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]
    if (half === '') continue
    const parts = half.split(':')
    for (let j = 0; j < parts.length; j++) {
      const part = parts[j]
      const last = i === halves.length - 1 && j === parts.length - 1
      if (last && part.includes('.')) {
        if (!isIpv4(part)) return false
        groups += 2
      } else if (/^[0-9a-f]{1,4}$/.test(part)) groups += 1
      else return false
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8
}
