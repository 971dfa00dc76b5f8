import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'

/** A certificate made for one test run: P-256, signed with ECDSA and SHA-256. */
export interface Issued {
  readonly name: string
  readonly cert: string
  readonly key: string
  readonly der: Buffer
  readonly serial: Buffer
  readonly privateKey: KeyObject
  /** Pin of its key. */
  readonly pin: string
}

export interface IssueOptions {
  readonly issuer?: Issued
  /** DNS names and IPv4 addresses. */
  readonly hosts?: readonly string[]
  readonly authority?: boolean
  readonly notBefore?: Date
  readonly notAfter?: Date
}

const DAY_MS = 86_400_000

/** Issues a certificate (RFC 5280), self-signed unless an issuer is given. */
export function issue(name: string, options: IssueOptions = {}): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(8)])
  const extensions: Buffer[] = []
  if (options.authority) extensions.push(extension('551d13', sequence(der(0x01, Buffer.from([0xff]))), true))
  if (options.hosts) extensions.push(extension('551d11', sequence(...options.hosts.map(generalName))))
  const tbs = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    commonName(options.issuer?.name ?? name),
    sequence(
      time(options.notBefore ?? new Date(Date.now() - DAY_MS)),
      time(options.notAfter ?? new Date(Date.now() + DAY_MS)),
    ),
    commonName(name),
    spki,
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  )
  const certificate = signed(tbs, options.issuer?.privateKey ?? privateKey)
  return {
    name,
    cert: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    der: certificate,
    serial,
    privateKey,
    pin: createHash('sha256').update(spki).digest('base64'),
  }
}

/** A revocation list of an authority. */
export function revocationList(authority: Issued, revoked: readonly Issued[]): string {
  const now = new Date(Date.now() - DAY_MS)
  const entries = revoked.map(({ serial }) => sequence(integer(serial), time(now)))
  const tbs = sequence(
    integer(Buffer.from([1])),
    ECDSA_SHA256,
    commonName(authority.name),
    time(now),
    time(new Date(Date.now() + DAY_MS)),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
  )
  return pem('X509 CRL', signed(tbs, authority.privateKey))
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...header]), body])
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const integer = (bytes: Buffer): Buffer => der(0x02, bytes)
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
const commonName = (name: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(name)))))

/** UTCTime before 2050, GeneralizedTime from then on. */
function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050 ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text))
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value))
}

function generalName(host: string): Buffer {
  const isAddress = /^[0-9.]+$/.test(host)
  return isAddress ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host))
}

function signed(tbs: Buffer, key: KeyObject): Buffer {
  const signature = sign('sha256', tbs, key)
  return sequence(tbs, ECDSA_SHA256, der(0x03, Buffer.from([0]), signature))
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
