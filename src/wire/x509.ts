/** What a transport needs of a TLS certificate, found without decoding the rest. */
export interface CertificateFacts {
  /** SubjectPublicKeyInfo in DER: `der[spkiFrom, spkiTo)`. A pin is the hash of exactly these bytes (RFC 7469 §2.4). */
  readonly spkiFrom: number
  readonly spkiTo: number
  /** Begin and end of validity, ms since 1970 UTC. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

interface Element {
  readonly tag: number
  readonly from: number
  readonly bodyFrom: number
  readonly to: number
}

const SEQUENCE = 0x30
const VERSION = 0xa0
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18

/** Finds key and validity in an X.509 certificate (RFC 5280 §4.1, DER); undefined where the bytes are not one. */
export function readCertificate(der: Uint8Array): CertificateFacts | undefined {
  const certificate = readElement(der, 0, der.length, SEQUENCE)
  const tbs = certificate && readElement(der, certificate.bodyFrom, certificate.to, SEQUENCE)
  if (!tbs) return undefined
  let at = tbs.bodyFrom
  const version = readElement(der, at, tbs.to)
  if (version?.tag === VERSION) at = version.to
  // serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
  const fields: Element[] = []
  while (fields.length < 6) {
    const field = readElement(der, at, tbs.to)
    if (!field) return undefined
    fields.push(field)
    at = field.to
  }
  const validity = fields[3]
  const spki = fields[5]
  if (validity.tag !== SEQUENCE || spki.tag !== SEQUENCE) return undefined
  const begin = readElement(der, validity.bodyFrom, validity.to)
  const end = begin && readElement(der, begin.to, validity.to)
  const notBeforeMs = begin && readTime(der, begin)
  const notAfterMs = end && readTime(der, end)
  if (notBeforeMs === undefined || notAfterMs === undefined) return undefined
  return { spkiFrom: spki.from, spkiTo: spki.to, notBeforeMs, notAfterMs }
}

/** One DER element with a length of at most three bytes; every certificate is far shorter. */
function readElement(der: Uint8Array, from: number, end: number, tag?: number): Element | undefined {
  if (from + 2 > end || (tag !== undefined && der[from] !== tag)) return undefined
  let length = der[from + 1]
  let bodyFrom = from + 2
  if (length >= 0x80) {
    const size = length & 0x7f
    if (size < 1 || size > 3 || bodyFrom + size > end) return undefined
    length = 0
    for (let i = 0; i < size; i++) length = length * 256 + der[bodyFrom + i]
    bodyFrom += size
  }
  const to = bodyFrom + length
  return to > end ? undefined : { tag: der[from], from, bodyFrom, to }
}

/** YYMMDDHHMMSSZ before 2050, YYYYMMDDHHMMSSZ from then on. */
function readTime(der: Uint8Array, element: Element): number | undefined {
  let text = ''
  for (let i = element.bodyFrom; i < element.to; i++) text += String.fromCharCode(der[i])
  if (element.tag === UTC_TIME) text = (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text
  else if (element.tag !== GENERALIZED_TIME) return undefined
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!parts) return undefined
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined
  return (((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000
}

/** Days of the proleptic Gregorian calendar, counted in years that begin in March so that the leap day comes last. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
}
