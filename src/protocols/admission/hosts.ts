import { toHex } from '../../core/text.js'

/** A host as admission counts it. */
export interface HostKeys {
  /** One IPv4 address, an IPv6 /64 (whoever has one address has them all), or a name. */
  readonly host: string
  /** IPv4 /24; undefined elsewhere. */
  readonly subnet: string | undefined
  /** IPv4 /16 or IPv6 /48; undefined for names. */
  readonly network: string | undefined
  readonly loopback: boolean
}

/** What counts as one with a host. Spellings of one address give one key; IPv4 inside IPv6 counts as IPv4. */
export function hostKeys(host: string): HostKeys {
  const bytes = parseIp(host)
  if (bytes === undefined) {
    const name = host.toLowerCase()
    return { host: `n:${name}`, subnet: undefined, network: undefined, loopback: name === 'localhost' }
  }
  const hex = toHex(bytes)
  if (bytes.length === 4) {
    const subnet = `4:${hex.slice(0, 6)}`
    return { host: `4:${hex}`, subnet, network: `4:${hex.slice(0, 4)}`, loopback: bytes[0] === 127 }
  }
  const loopback = hex === `${'0'.repeat(31)}1`
  return { host: `6:${hex.slice(0, 16)}`, subnet: undefined, network: `6:${hex.slice(0, 12)}`, loopback }
}

/** The 4 or 16 bytes of an address; undefined for names. Brackets and a zone are left out, mapped IPv4 comes as 4 bytes. */
export function parseIp(host: string): Uint8Array | undefined {
  const text = host.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '')
  if (text.length > 45) return undefined
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** An address range or a name, for allow lists, deny lists and bans. */
export class HostRule {
  private constructor(
    private readonly bytes: Uint8Array | undefined,
    private readonly bits: number,
    private readonly name: string,
  ) {}

  /** Reads an address, `address/bits` or a name; undefined where the bits do not fit the address. */
  static parse(text: string): HostRule | undefined {
    const slash = text.indexOf('/')
    if (slash < 0) {
      const bytes = parseIp(text)
      return new HostRule(bytes, (bytes?.length ?? 0) * 8, text.toLowerCase())
    }
    const bytes = parseIp(text.slice(0, slash))
    const bits = text.slice(slash + 1)
    if (bytes === undefined || !/^\d{1,3}$/.test(bits) || Number(bits) > bytes.length * 8) return undefined
    return new HostRule(bytes, Number(bits), '')
  }

  /** Whether a host, with its bytes as `parseIp` gives them, falls under the rule. */
  matches(host: string, bytes: Uint8Array | undefined): boolean {
    if (this.bytes === undefined || bytes === undefined) return this.bytes === bytes && host.toLowerCase() === this.name
    if (this.bytes.length !== bytes.length) return false
    const whole = this.bits >>> 3
    for (let i = 0; i < whole; i++) if (this.bytes[i] !== bytes[i]) return false
    const rest = this.bits & 7
    if (rest === 0) return true
    return ((this.bytes[whole] ^ bytes[whole]) & (0xff00 >>> rest) & 0xff) === 0
  }
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const part = parts[i]
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    bytes[i] = Number(part)
  }
  return bytes
}

function parseIpv6(text: string): Uint8Array | undefined {
  const gap = text.indexOf('::')
  const head = groups(gap < 0 ? text : text.slice(0, gap), gap < 0)
  const tail = gap < 0 ? [] : groups(text.slice(gap + 2), true)
  if (head === undefined || tail === undefined) return undefined
  const missing = 16 - head.length - tail.length
  if (gap < 0 ? missing !== 0 : missing < 2) return undefined
  const bytes = new Uint8Array(16)
  bytes.set(head)
  bytes.set(tail, 16 - tail.length)
  return isMapped(bytes) ? bytes.slice(12) : bytes
}

/** Bytes of colon-separated groups; the last may be IPv4 where the address ends there. */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return []
  const bytes: number[] = []
  const parts = text.split(':')
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]
    if (last && i === parts.length - 1 && part.includes('.')) {
      const ipv4 = parseIpv4(part)
      if (ipv4 === undefined) return undefined
      bytes.push(...ipv4)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      const group = parseInt(part, 16)
      bytes.push(group >>> 8, group & 0xff)
    } else return undefined
  }
  return bytes.length > 16 ? undefined : bytes
}

function isMapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false
  return bytes[10] === 0xff && bytes[11] === 0xff
}
