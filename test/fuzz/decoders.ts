import { readFileSync } from 'node:fs'
import { concat } from '../../src/core/bytes.js'
import { LIMITS } from '../../src/core/limits.js'
import { parsePeerId } from '../../src/core/ids.js'
import { fromBase32, fromHex, readUtf8, toBase32, toHex, utf8 } from '../../src/core/text.js'
import { parseCertificate } from '../../src/crypto/identity/certificate.js'
import { readFileHeader } from '../../src/crypto/identity/identity-file.js'
import { readMessageSignature } from '../../src/crypto/identity/message.js'
import { parse as parseArguments } from '../../src/cli/arguments.js'
import { entriesOfYaml } from '../../src/cli/config/yaml.js'
import { ByteReader } from '../../src/cli/transfer/byte-reader.js'
import { encode, readAnswer, readOffer as readFileOffer, readVerdict } from '../../src/cli/transfer/messages.js'
import { safeName } from '../../src/cli/transfer/names.js'
import { loadKernels } from '../../src/kernels/index.js'
import { decodeBody } from '../../src/node/api/body.js'
import { readTarget } from '../../src/node/api/connecting.js'
import { readPlainIdentity } from '../../src/node/api/identity-plain.js'
import type { IdentityPorts } from '../../src/node/api/identity.js'
import { HostRule, parseIp } from '../../src/protocols/admission/hosts.js'
import { decodeInbox } from '../../src/protocols/delivery/inbox.js'
import { getEpoch, getText } from '../../src/protocols/delivery/messages.js'
import { NameReader } from '../../src/protocols/delivery/names.js'
import {
  decodeEarlyAnswer,
  decodeEarlyRequests,
  encodeEarlyAnswer,
  encodeEarlyRequests,
} from '../../src/protocols/early/messages.js'
import { PacketReader } from '../../src/protocols/handshake/packet-reader.js'
import { decodeIdentify, encodeIdentify } from '../../src/protocols/identify/messages.js'
import { DEFAULT_MUX_LIMITS } from '../../src/protocols/mux/config.js'
import { readMuxLimits, writeMuxLimits } from '../../src/protocols/mux/messages.js'
import { sessionSecrets } from '../../src/crypto/session/keys.js'
import { AttachInitiator, AttachResponder } from '../../src/protocols/session/attach.js'
import { ATTACH, ATTACH_DONE, ATTACH_OK } from '../../src/wire/handshake.js'
import { ChainAssembly, chainPieces } from '../../src/protocols/session/chain-pieces.js'
import { RecordReader } from '../../src/protocols/session/record-reader.js'
import { SegmentPool } from '../../src/protocols/session/segments.js'
import { readWebSocketAddress } from '../../src/transports/websocket/client.js'
import { formatAddress, parseAddress } from '../../src/wire/address.js'
import { readCertificate, writeCertificate } from '../../src/wire/identity/certificate.js'
import { readChain, writeChain } from '../../src/wire/identity/chain.js'
import { readInception } from '../../src/wire/identity/inception.js'
import { readRevocation } from '../../src/wire/identity/revocation.js'
import { readRotation } from '../../src/wire/identity/rotation.js'
import { decodeMsgpack, encodeMsgpack } from '../../src/wire/msgpack.js'
import { OFFER_BYTES, readOffer, writeOffer } from '../../src/wire/offer.js'
import { VarintReader, writeVarint } from '../../src/wire/varint.js'
import { readCertificate as readX509 } from '../../src/wire/x509.js'
import { issue } from '../transports/certificates.js'
import { confrontNodes, handshakePackets } from './handshake-target.js'
import { DeliveryPair } from '../support/delivery-pair.js'
import { MuxPair, pattern } from '../support/mux-pair.js'

/** One thing that reads bytes of somebody else. */
export interface Decoder {
  readonly name: string
  /** What of `src` it stands for: `path#symbol`. */
  readonly covers: readonly string[]
  /** Valid encodings. */
  seeds(): readonly Uint8Array[]
  /**
   * Decodes. Throws nothing but a HyphaeError, and only where the decoder says that it does. Where there is an encoder,
   * answers pairs that must be equal: what was accepted, and what it becomes when it is encoded and decoded again.
   */
  run(bytes: Uint8Array): void | readonly [before: unknown, after: unknown] | Promise<void>
}

const kernels = loadKernels()
const identity = JSON.parse(readFileSync(new URL('../vectors/identity.json', import.meta.url), 'utf8')) as Record<
  'chainAfter' | 'chainBefore' | 'revocation',
  string
>

/** What the last run said of its input: inputs that are told apart by it are worth keeping. */
export const notes: string[] = []
const note = (what: string | undefined): void =>
  void notes.push(
    (what ?? 'accepted')
      .replace(/\d+/g, 'N')
      .replace(/"[^"]*"|'[^']*'/g, 'T')
      .slice(0, 60),
  )
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')
const seedsOf =
  (...texts: string[]) =>
  (): Uint8Array[] =>
    texts.map(one => utf8(one))
const hex = (value: string): Uint8Array => fromHex(value)
const chainAfter = hex(identity.chainAfter)
const records = readChain(chainAfter)
const record = (bytes: Uint8Array | undefined): Uint8Array => bytes ?? new Uint8Array(0)

const VALUES = [
  null,
  true,
  -1,
  2 ** 40,
  1.5,
  'text',
  new Uint8Array([1, 2]),
  [1, ['a', {}]],
  { a: 1, b: { c: [null] } },
]

/** A reader that hands out one chunk and ends. */
function readerOf(bytes: Uint8Array): ByteReader {
  return new ByteReader(
    new ReadableStream<Uint8Array>({
      start: controller => {
        if (bytes.length > 0) controller.enqueue(bytes)
        controller.close()
      },
    }),
  )
}

/** Same bytes, cut at a place that depends on them: a reader must not care. */
function inPieces(bytes: Uint8Array, read: (from: number, to: number) => boolean): void {
  const middle = bytes.length === 0 ? 0 : bytes[0] % bytes.length
  if (read(0, middle)) read(middle, bytes.length)
}

function attachSides(key: number): { initiator: AttachInitiator; responder: AttachResponder } {
  const secrets = sessionSecrets(kernels.blake3, new Uint8Array(64).fill(key))
  const random = { fill: <T extends Uint8Array>(out: T): T => out.fill(3) }
  return {
    initiator: new AttachInitiator(kernels.blake3, secrets),
    responder: new AttachResponder(kernels.blake3, secrets, random),
  }
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  out.set(bytes.subarray(0, length))
  return out
}

const WIRE: Decoder[] = [
  {
    name: 'varint',
    covers: ['src/wire/varint.ts#VarintReader'],
    seeds: () =>
      [0, 63, 64, 16383, 16384, 2 ** 30, 2 ** 53 - 1].map(value =>
        Uint8Array.from({ length: 8 }).fill(0, writeVarint(new Uint8Array(8), 0, value)),
      ),
    run: bytes => {
      const reader = new VarintReader()
      reader.point(bytes, 0, bytes.length)
      while (reader.at < bytes.length) {
        const value = reader.read()
        if (value < 0) return undefined
        if (!Number.isSafeInteger(value)) throw new Error(`not a safe integer: ${value}`)
      }
      return undefined
    },
  },
  {
    name: 'msgpack',
    covers: ['src/wire/msgpack-decode.ts#decodeMsgpack', 'src/node/api/body.ts#decodeBody'],
    seeds: () => VALUES.map(value => encodeMsgpack(value)),
    run: bytes => {
      decodeBody(bytes)
      const result = decodeMsgpack(bytes)
      note(result.ok ? typeof result.value : result.reason)
      if (!result.ok) return undefined
      return [result, decodeMsgpack(encodeMsgpack(result.value))]
    },
  },
  {
    name: 'offer',
    covers: ['src/wire/offer.ts#readOffer'],
    seeds: () => [new Uint8Array(OFFER_BYTES), new Uint8Array(OFFER_BYTES).fill(1)],
    run: bytes => {
      if (bytes.length < OFFER_BYTES) return undefined
      const offer = readOffer(bytes, 0)
      const out = new Uint8Array(OFFER_BYTES)
      const isSafe = Object.values(offer).every(value => Number.isSafeInteger(value))
      if (!isSafe) return undefined
      writeOffer(out, 0, offer)
      return [offer, readOffer(out, 0)]
    },
  },
  {
    name: 'packets',
    covers: ['src/wire/handshake.ts#packetLength', 'src/protocols/handshake/packet-reader.ts#PacketReader'],
    seeds: () => handshakePackets().concat(concat(...handshakePackets())),
    run: bytes => {
      const reader = new PacketReader(16_384)
      inPieces(bytes, (from, to) => reader.read(bytes, from, to, packet => packet.length > 0) !== false)
      return undefined
    },
  },
  {
    name: 'handshake',
    covers: ['src/protocols/handshake/responder.ts#Responder', 'src/protocols/handshake/initiator.ts#Initiator'],
    seeds: () => handshakePackets(),
    run: bytes => confrontNodes(bytes),
  },
  {
    name: 'records',
    covers: ['src/protocols/session/record-reader.ts#RecordReader'],
    seeds: () => [
      new Uint8Array(20).fill(0),
      Uint8Array.from([0, 0, 17, ...new Uint8Array(17), 0, 0, 18, ...new Uint8Array(18)]),
    ],
    run: bytes => {
      const reader = new RecordReader(new SegmentPool())
      inPieces(bytes, (from, to) => reader.read(bytes.slice(), from, to, (_buffer, a, b) => b > a))
      return undefined
    },
  },
  {
    name: 'chain-pieces',
    covers: ['src/protocols/session/chain-pieces.ts#ChainAssembly'],
    seeds: () => chainPieces(chainAfter.slice(0, 40_000)).map(([head, piece]) => concat(head, piece)),
    run: bytes => {
      const chain = new ChainAssembly()
      chain.take(bytes.slice(0, 300))
      chain.take(bytes)
      return undefined
    },
  },
  {
    name: 'attach',
    covers: ['src/protocols/session/attach.ts#AttachInitiator', 'src/protocols/session/attach.ts#AttachResponder'],
    seeds: () => {
      const { initiator, responder } = attachSides(1)
      const request = initiator.begin(1, 5)
      const ok = record(responder.answer(request, 2, 7))
      return [request, ok, record(initiator.finish(ok, 1)?.done)]
    },
    run: bytes => {
      // Each side in the state in which it waits for such a packet; packets have their lengths by then.
      const { initiator, responder } = attachSides(2)
      const request = initiator.begin(1, 5)
      responder.answer(sized(bytes, ATTACH.bytes), 2, 7)
      responder.answer(request, 2, 7)
      const [ok, done] = [sized(bytes, ATTACH_OK.bytes), sized(bytes, ATTACH_DONE.bytes)]
      if (responder.finish(done) !== undefined || initiator.finish(ok, 1) !== undefined)
        throw new Error('a mac was guessed')
    },
  },
  {
    name: 'x509',
    covers: ['src/wire/x509.ts#readCertificate'],
    seeds: () => [Uint8Array.from(issue('subject').der)],
    run: bytes => {
      const facts = readX509(bytes)
      if (facts !== undefined && !(facts.spkiFrom < facts.spkiTo && facts.spkiTo <= bytes.length))
        throw new Error('key outside')
      return undefined
    },
  },
  {
    name: 'address',
    covers: [
      'src/wire/address.ts#parseAddress',
      'src/node/api/connecting.ts#readTarget',
      'src/transports/websocket/client.ts#readWebSocketAddress',
      'src/core/ids.ts#parsePeerId',
    ],
    seeds: seedsOf(
      'tcp://127.0.0.1:4001',
      'wss://[::1]:443/mesh',
      'ws://mesh.example',
      `tcp://a.b:1#${toBase32(new Uint8Array(32))}`,
    ),
    run: bytes => {
      const given = text(bytes)
      for (const read of [readTarget, readWebSocketAddress, parsePeerId]) quietly(() => read(given))
      const address = parseAddress(given)
      const written = formatAddress(address)
      return [written, formatAddress(parseAddress(written))]
    },
  },
]

/** Runs what may throw its own errors; others go on up. */
function quietly(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if ((error as Error).name !== 'HyphaeError') throw error
    note((error as Error).message)
  }
}

const TEXT: Decoder[] = [
  {
    name: 'text',
    covers: ['src/core/text.ts#readUtf8', 'src/core/text.ts#fromHex', 'src/core/text.ts#fromBase32'],
    seeds: seedsOf('plain', 'äöü €', '\u{1f600}', 'mdkyqgh3', '00ff'),
    run: bytes => {
      const given = text(bytes)
      quietly(() => fromHex(given))
      const raw = fromBase32(given)
      if (raw !== undefined) return [given, toBase32(raw)]
      const decoded = readUtf8(bytes, 0, bytes.length)
      return decoded === undefined ? undefined : [toHex(bytes), toHex(utf8(decoded))]
    },
  },
  {
    name: 'hosts',
    covers: ['src/protocols/admission/hosts.ts#parseIp'],
    seeds: seedsOf('127.0.0.1', '::ffff:1.2.3.4', 'fe80::1%eth0', '2001:db8::/32', '10.0.0.0/8', 'name.example'),
    run: bytes => {
      const given = text(bytes)
      const ip = parseIp(given)
      if (ip !== undefined && ip.length !== 4 && ip.length !== 16) throw new Error('neither IPv4 nor IPv6')
      HostRule.parse(given)?.matches('10.1.2.3', parseIp('10.1.2.3'))
      return undefined
    },
  },
]

const IDENTITY: Decoder[] = [
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

const PROTOCOLS: Decoder[] = [
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

const CLI: Decoder[] = [
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

/** Everything that reads what others wrote. */
export const DECODERS: readonly Decoder[] = [...WIRE, ...TEXT, ...IDENTITY, ...PROTOCOLS, ...CLI]

/** What is called a reader and needs no entry of its own, with the reason. */
export const EXEMPT: Readonly<Record<string, string>> = {
  'src/core/bytes.ts#readU16': 'an index that the caller has checked',
  'src/core/bytes.ts#readU32': 'an index that the caller has checked',
  'src/core/bytes.ts#readU64': 'an index that the caller has checked',
  'src/cli/files.ts#readSmall': 'reads a file of the user and bounds its size',
  'src/cli/passphrase.ts#readPassphrase': 'reads a file of the user and bounds its size',
}
