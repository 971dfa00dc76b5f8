import { concat } from '../../src/core/bytes.js'
import { LIMITS } from '../../src/core/limits.js'
import { toHex, utf8 } from '../../src/core/text.js'
import { parseCertificate } from '../../src/crypto/identity/certificate.js'
import { readFileHeader } from '../../src/crypto/identity/identity-file.js'
import { readMessageSignature } from '../../src/crypto/identity/message.js'
import { parse as parseArguments } from '../../src/cli/arguments.js'
import { entriesOfYaml } from '../../src/cli/config/yaml.js'
import { type ByteReader } from '../../src/cli/transfer/byte-reader.js'
import { encode, readAnswer, readOffer as readFileOffer, readVerdict } from '../../src/cli/transfer/messages.js'
import { safeName } from '../../src/cli/transfer/names.js'
import { readPlainIdentity } from '../../src/node/api/identity-plain.js'
import type { IdentityPorts } from '../../src/node/api/identity.js'
import { decodeInbox } from '../../src/protocols/delivery/inbox.js'
import { getEpoch, getText } from '../../src/protocols/delivery/messages.js'
import { NameReader } from '../../src/protocols/delivery/names.js'
import {
  decodeEarlyAnswer,
  decodeEarlyRequests,
  encodeEarlyAnswer,
  encodeEarlyRequests,
} from '../../src/protocols/early/messages.js'
import { decodeIdentify, encodeIdentify } from '../../src/protocols/identify/messages.js'
import { DEFAULT_MUX_LIMITS } from '../../src/protocols/mux/config.js'
import { readMuxLimits, writeMuxLimits } from '../../src/protocols/mux/messages.js'
import { readCertificate, writeCertificate } from '../../src/wire/identity/certificate.js'
import { readChain, writeChain } from '../../src/wire/identity/chain.js'
import { readInception } from '../../src/wire/identity/inception.js'
import { readRevocation } from '../../src/wire/identity/revocation.js'
import { readRotation } from '../../src/wire/identity/rotation.js'
import { VarintReader } from '../../src/wire/varint.js'
import { DeliveryPair } from '../support/delivery-pair.js'
import { MuxPair, pattern } from '../support/mux-pair.js'
import {
  type Decoder,
  kernels,
  identity,
  note,
  text,
  seedsOf,
  hex,
  chainAfter,
  records,
  record,
  readerOf,
  quietly,
} from './decoder.js'

/** Records and files of identities. */
export const IDENTITY: Decoder[] = [
  {
    name: 'identity-records',
    covers: [
      'src/wire/identity/inception.ts#readInception',
      'src/wire/identity/rotation.ts#readRotation',
      'src/wire/identity/certificate.ts#readCertificate',
      'src/wire/identity/revocation.ts#readRevocation',
      'src/wire/identity/header.ts#readHeader',
      'src/wire/identity/header.ts#readSuite',
      'src/crypto/identity/certificate.ts#parseCertificate',
    ],
    seeds: () => [
      record(records?.inception),
      record(records?.rotations[0]),
      record(records?.certificate),
      hex(identity.revocation),
    ],
    run: bytes => {
      readInception(bytes)
      readRotation(bytes)
      readRevocation(bytes)
      parseCertificate(kernels.blake3, bytes)
      const fields = readCertificate(bytes)
      return fields === undefined ? undefined : [toHex(bytes.slice(0, 1424)), toHex(writeCertificate(fields))]
    },
  },
  {
    name: 'identity-chain',
    covers: ['src/wire/identity/chain.ts#readChain'],
    seeds: () => [hex(identity.chainBefore), chainAfter],
    run: bytes => {
      const chain = readChain(bytes)
      return chain === undefined ? undefined : [toHex(bytes), toHex(writeChain(chain))]
    },
  },
  {
    name: 'identity-file',
    covers: [
      'src/crypto/identity/identity-file.ts#readFileHeader',
      'src/node/api/identity-plain.ts#readPlainIdentity',
      'src/node/api/identity-file.ts#importIdentity',
    ],
    seeds: () => [
      concat(utf8('HYid'), Uint8Array.of(1, 1, 17, 8, 1), new Uint8Array(120)),
      concat(utf8('HYip'), Uint8Array.of(1, 0), new Uint8Array(200)),
    ],
    run: bytes => {
      // With a checksum that fits: what lies behind it is looked at too.
      for (const file of [
        bytes,
        summed(bytes, 'hyphae/1 identity-plain-checksum'),
        summed(bytes, 'hyphae/1 identity-file-checksum'),
      ]) {
        readFileHeader(kernels, file)
        quietly(() => readPlainIdentity({ kernels } as unknown as IdentityPorts, file, 'a file'))
      }
      return undefined
    },
  },
  {
    name: 'message-signature',
    covers: ['src/crypto/identity/message.ts#readMessageSignature'],
    seeds: () => [concat(Uint8Array.of(1, 1), new Uint8Array(104)), new Uint8Array(106).fill(1)],
    run: bytes => void readMessageSignature(bytes),
  },
]

function summed(bytes: Uint8Array, label: string): Uint8Array {
  const body = bytes.slice(0, Math.max(0, bytes.length - 16))
  return concat(body, kernels.blake3.deriveKey(label, body, 16))
}

/** What peers say inside a session. */
export const PROTOCOLS: Decoder[] = [
  {
    name: 'identify',
    covers: ['src/protocols/identify/messages.ts#decodeIdentify'],
    seeds: () => [
      encodeIdentify({
        agent: 'hyphae/0.1.0',
        addresses: ['tcp://10.0.0.1:1', 'wss://a.b'],
        observed: 'tcp://9.9.9.9:9',
      }),
    ],
    run: bytes => {
      const told = decodeIdentify(bytes)
      return told === undefined ? undefined : [told, decodeIdentify(encodeIdentify(told))]
    },
  },
  {
    name: 'early',
    covers: [
      'src/protocols/early/messages.ts#decodeEarlyRequests',
      'src/protocols/early/messages.ts#decodeEarlyAnswer',
    ],
    seeds: () => [
      encodeEarlyRequests([{ id: 1, name: 'n', body: new Uint8Array(3), timeoutMs: 1000 }]),
      encodeEarlyAnswer({ id: 1, body: new Uint8Array(2) }),
      encodeEarlyAnswer({ id: 2, code: 'TIMEOUT', text: 'late' }),
    ],
    run: bytes => {
      const answer = decodeEarlyAnswer(bytes)
      if (answer !== undefined) return [answer, decodeEarlyAnswer(encodeEarlyAnswer(answer))]
      const entries = decodeEarlyRequests(bytes)
      return [entries, decodeEarlyRequests(encodeEarlyRequests(entries))]
    },
  },
  {
    name: 'inbox',
    covers: [
      'src/protocols/delivery/inbox.ts#decodeInbox',
      'src/protocols/delivery/messages.ts#getText',
      'src/protocols/delivery/messages.ts#getEpoch',
      'src/protocols/delivery/names.ts#NameReader',
    ],
    seeds: () => [
      Uint8Array.of(1),
      Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 9, 5, 0),
      Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 9, 5, 1, 2, 1, 65, 1, 66),
      Uint8Array.of(1, 3, 97, 98, 99, 0, 1, 120, 2),
    ],
    run: bytes => {
      getText(bytes, 0, bytes.length)
      getEpoch(bytes, 0, bytes.length)
      const names = new NameReader()
      for (let at = 0; at < bytes.length && names.read(bytes, at, bytes.length) !== undefined;)
        at = Math.max(at + 1, names.end)
      quietly(() => decodeInbox(bytes))
      return undefined
    },
  },
  {
    name: 'mux',
    covers: ['src/protocols/mux/receiving.ts#MuxReceiver', 'src/protocols/mux/messages.ts#readMuxLimits'],
    seeds: () => {
      const { a } = new MuxPair()
      const id = a.mux.open('stream', 2)
      a.mux.write(id, pattern(50), 0, 50)
      a.mux.ping(7)
      a.mux.write(1, pattern(20), 0, 20)
      a.mux.stop(id, 9)
      a.mux.end(id)
      const limits = new Uint8Array(32)
      return [record(a.records.take()), limits.slice(0, writeMuxLimits(limits, 0, DEFAULT_MUX_LIMITS))]
    },
    run: bytes => {
      const pair = new MuxPair({ limits: { maxStreamBytes: 4096, maxDataBytes: 8192, maxStreams: 8 } })
      pair.b.autoConsume = false
      pair.b.mux.receive(bytes, 0, bytes.length)
      pair.b.mux.receive(bytes, 0, bytes.length)
      note(pair.b.violation)
      if (pair.b.mux.stats.unconsumedBytes > 8 * 4096 + 8192) throw new Error('more than the windows')
      const reader = new VarintReader()
      reader.point(bytes, 0, bytes.length)
      readMuxLimits(reader)
      return undefined
    },
  },
  ...[0, 4, 5].map<Decoder>(lane => ({
    name: `delivery-lane-${lane}`,
    covers: ['src/protocols/delivery/deframer.ts#Deframer'],
    seeds: () => {
      return [
        Uint8Array.of(8, 1, 0, 0, 0, 0, 0, 9, 0, 5, 0x11, 0, 1, 120, 7, 6, 0x12, 1, 1, 121, 1, 2),
        Uint8Array.of(6, 0x40, 1, 0x50, 0, 0, 0, 7, 0x20, 1, 9, 0, 1, 120, 3, 2, 0x31, 1),
        Uint8Array.of(7, 0x20, 1, 0x40, 200, 0, 1, 120, 4, 0x28, 1, 2, 3, 6, 0x30, 1, 1, 65, 1, 66),
      ]
    },
    run: bytes => {
      const pair = new DeliveryPair()
      pair.b.delivery.connected(pair.time)
      pair.inject(pair.b, lane, bytes)
      note(pair.b.violations[0])
      return undefined
    },
  })),
]

const SYNTAX = {
  name: 'x',
  summary: 'x',
  positionals: ['<what>', '[more]'],
  flags: { port: { value: 'n', about: 'a port', range: [0, 65_535] }, json: { about: 'as JSON' } },
} as unknown as Parameters<typeof parseArguments>[0]

/** What the command reads. */
export const CLI: Decoder[] = [
  {
    name: 'cli-arguments',
    covers: ['src/cli/arguments.ts#parse'],
    seeds: seedsOf('what --port 5 --json', '--port=x y z', '-- --what', '--prot 1'),
    run: bytes => void quietly(() => parseArguments(SYNTAX, text(bytes).split(' ')).number('port', 0)),
  },
  {
    name: 'cli-yaml',
    covers: ['src/cli/config/yaml.ts#entriesOfYaml'],
    seeds: seedsOf(
      'node:\n  listen: [tcp://0.0.0.0:1]\n  agent: x\n',
      'a: {b: *c}',
      'a: &x {b: 1}\nc: {d: *x}',
      '- 1\n',
      'a:\n  ? b\n  : c\n',
      'a: {<<: {b: 1}}',
    ),
    run: bytes => void quietly(() => entriesOfYaml(text(bytes), 'hyphae.yaml')),
  },
  {
    name: 'cli-transfer',
    covers: [
      'src/cli/transfer/messages.ts#readOffer',
      'src/cli/transfer/messages.ts#readAnswer',
      'src/cli/transfer/messages.ts#readVerdict',
      'src/cli/transfer/byte-reader.ts#ByteReader',
    ],
    seeds: () => [
      encode({ name: 'notes.txt', size: 5, sha256: 'a'.repeat(64) }),
      encode({ offset: 5 }),
      encode({ name: 'x', sha256: 'b' }),
      encode({ error: { code: 'TIMEOUT', text: 'late' } }),
    ],
    run: async bytes => {
      for (const read of [readFileOffer, readVerdict, (reader: ByteReader) => readAnswer(reader, 100)]) {
        await read(readerOf(bytes)).catch((error: unknown) => {
          if ((error as Error).name !== 'HyphaeError') throw error
        })
      }
    },
  },
  {
    name: 'cli-names',
    covers: ['src/cli/transfer/names.ts#safeName'],
    seeds: seedsOf('notes.txt', '../../etc/passwd', 'CON.txt', '\u202egpj.exe', 'a'.repeat(300)),
    run: bytes => {
      const name = safeName(text(bytes))
      if (
        name === '' ||
        /[/\\]/.test(name) ||
        name.startsWith('.') ||
        Buffer.byteLength(name) > LIMITS.maxFileNameBytes ||
        /[.\s]$/.test(name)
      )
        throw new Error(`not harmless: ${name}`)
      return [name, safeName(name)]
    },
  },
]
