import { LIMITS } from '../../src/core/limits.js'
import { LABEL } from '../../src/crypto/labels.js'
import { IDENTITY_LABEL } from '../../src/crypto/identity/labels.js'
import * as wire from '../../src/wire/handshake.js'
import { RECORD_TYPE } from '../../src/wire/records.js'

/** Layouts of docs/protocol.md: title and what is needed to print them. */
const LAYOUTS: readonly [string, Record<string, number>, number?][] = [
  ['M1', wire.M1, wire.PACKET.m1],
  ['sealed part of M1, before its tag', wire.M1_SEALED],
  ['M2', wire.M2, wire.PACKET.m2],
  ['CERTREQ', wire.CERT_REQUEST, wire.PACKET.certificateRequest],
  ['CERTIFICATES, followed by `length` bytes of chain', wire.CERTIFICATES, wire.PACKET.certificates],
  ['STALE', wire.STALE, wire.PACKET.stale],
  ['COOKIE', wire.COOKIE, wire.PACKET.cookie],
  ['RESUME, followed by the sealed part, mac1 16 and mac2 16', wire.RESUME, wire.PACKET.resume],
  ['sealed part of RESUME, followed by the early data and a tag of 16', wire.RESUME_SEALED],
  ['RESUMED', wire.RESUMED, wire.PACKET.resumed],
  ['TICKET_UNKNOWN', wire.TICKET_UNKNOWN, wire.PACKET.ticketUnknown],
  ['ATTACH', wire.ATTACH, wire.PACKET.attach],
  ['ATTACH_OK', wire.ATTACH_OK, wire.PACKET.attachOk],
  ['ATTACH_DONE', wire.ATTACH_DONE, wire.PACKET.attachDone],
  ['VERSION_REJECT', wire.VERSION_REJECT, wire.PACKET.versionReject],
  ['ATTACH_UNKNOWN', wire.ATTACH_UNKNOWN, wire.PACKET.attachUnknown],
]

/** Limits that both sides of a wire have to know. */
const LIMIT_NAMES = [
  'maxRecordBytes',
  'maxChainBytes',
  'maxRotations',
  'maxUnconfirmed',
  'unconfirmedMs',
  'maxReplayEntries',
  'replayMs',
  'maxClockSkewMs',
  'certificateGraceMs',
  'maxCertificateLifetimeMs',
  'carrierLossMs',
  'maxIdleAttaches',
  'stepRecords',
  'stepBytes',
  'stepMs',
  'hardRecords',
  'ratchetMs',
  'minRatchetMs',
  'maxUnackedControlBytes',
  'maxUnackedAcks',
  'datagramWindow',
  'maxEarlyDataBytes',
  'ticketMs',
  'maxTickets',
] as const satisfies readonly (keyof typeof LIMITS)[]

function layoutTable([title, layout, type]: (typeof LAYOUTS)[number]): string {
  const fields = Object.keys(layout).filter(name => name !== 'bytes' && !name.endsWith('End'))
  const rows = fields.map(name => {
    const from = layout[name] ?? 0
    return `| ${from} | ${(layout[`${name}End`] ?? 0) - from} | ${name} |`
  })
  const kind = type === undefined ? '' : `, type ${type}`
  return [
    `**${title}**${kind}: ${layout['bytes']} bytes`,
    '',
    '| offset | bytes | field |',
    '|---|---|---|',
    ...rows,
  ].join('\n')
}

function table(head: string, rows: readonly (readonly [string, string | number])[]): string {
  return [`| ${head} |`, '|---|---|', ...rows.map(([a, b]) => `| ${a} | ${b} |`)].join('\n')
}

/** The generated blocks of docs/protocol.md by name. */
export const BLOCKS: Readonly<Record<string, string>> = {
  layouts: LAYOUTS.map(layoutTable).join('\n\n'),
  'record types': table(
    'number | record',
    Object.entries(RECORD_TYPE).map(([name, n]) => [String(n), name] as const),
  ),
  labels: table(
    'use | label',
    [...Object.entries(LABEL), ...Object.entries(IDENTITY_LABEL)].map(([use, label]) => [use, `\`${label}\``] as const),
  ),
  limits: table(
    'limit | value',
    LIMIT_NAMES.map(name => [name, LIMITS[name]] as const),
  ),
}

/** Puts the generated blocks between their markers. */
export function withBlocks(text: string): string {
  let out = text
  for (const [name, block] of Object.entries(BLOCKS)) {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`]
    const [from, to] = [out.indexOf(begin), out.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`docs/protocol.md has no place for ${name}`)
    out = `${out.slice(0, from + begin.length)}\n\n${block}\n\n${out.slice(to)}`
  }
  return out
}
