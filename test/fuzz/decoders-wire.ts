import { concat } from '../../src/core/bytes.js'
import { parsePeerId } from '../../src/core/ids.js'
import { fromBase32, fromHex, readUtf8, toBase32, toHex, utf8 } from '../../src/core/text.js'
import { decodeBody } from '../../src/node/api/body.js'
import { readTarget } from '../../src/node/api/connecting.js'
import { HostRule, parseIp } from '../../src/protocols/admission/hosts.js'
import { PacketReader } from '../../src/protocols/handshake/packet-reader.js'
import { sessionSecrets } from '../../src/crypto/session/keys.js'
import { AttachInitiator, AttachResponder } from '../../src/protocols/session/attach.js'
import { ATTACH, ATTACH_DONE, ATTACH_OK } from '../../src/wire/handshake.js'
import { ChainAssembly, chainPieces } from '../../src/protocols/session/chain-pieces.js'
import { RecordReader } from '../../src/protocols/session/record-reader.js'
import { SegmentPool } from '../../src/protocols/session/segments.js'
import { readWebSocketAddress } from '../../src/transports/websocket/client.js'
import { formatAddress, parseAddress } from '../../src/wire/address.js'
import { decodeMsgpack, encodeMsgpack } from '../../src/wire/msgpack.js'
import { OFFER_BYTES, readOffer, writeOffer } from '../../src/wire/offer.js'
import { VarintReader, writeVarint } from '../../src/wire/varint.js'
import { readCertificate as readX509 } from '../../src/wire/x509.js'
import { issue } from '../transports/certificates.js'
import { confrontNodes, handshakePackets } from './handshake-target.js'
import { type Decoder, kernels, note, text, seedsOf, chainAfter, record, VALUES, inPieces, quietly } from './decoder.js'

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

/** Layouts, packets, addresses, text. */
export const WIRE: Decoder[] = [
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

/** Text and host lists. */
export const TEXT: Decoder[] = [
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
