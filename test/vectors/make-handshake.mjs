// Makes handshake.json, records.json and attach.json with the second implementation (test/support/handshake-second.mjs)
// and fixed randomness. Run: node test/vectors/make-handshake.mjs
import { writeFileSync } from 'node:fs'
import * as second from '../support/handshake-second.mjs'

const hex = bytes => Buffer.from(bytes).toString('hex')
const fresh = (name, length = 32) => second.derive(`vectors ${name}`, second.zero(0), length)
const hexed = object => Object.fromEntries(Object.entries(object).map(([k, v]) => [k, v instanceof Uint8Array ? hex(v) : v]))

function party(name) {
  const seed = fresh(`${name} seed`)
  const peerId = fresh(`${name} peer id`)
  return { peerId, certHash: fresh(`${name} certificate`), seed, publicKey: second.keyPair(seed).publicKey }
}

const networkId = fresh('network')
const responder = party('responder')
const initiator = party('initiator')
const hedgeKey = fresh('hedge key')
const wallMs = 1_800_000_000_000
const offer = {
  minVersion: 1,
  maxVersion: 1,
  ciphers: 1,
  features: 7,
  maxDataBytes: 8_388_608,
  maxStreamBytes: 1_048_576,
  maxStreams: 256,
  maxMessageBytes: 4_194_304,
  idleTimeoutMs: 60_000,
  maxDatagramBytes: 8192,
  incarnation: 0x123456789abc,
}
// What the test's generator gives, in order: two draws of the initiator, two of the responder, one each of a resumption.
const random = ['m1 coins', 'm1 ephemeral', 'm2 ephemeral', 'm2 static', 'resume ephemeral', 'resumed'].map(name => fresh(name, 64))
const coins = second.hedge(hedgeKey, random[0], responder.certHash, responder.publicKey, 64)
const ephemeralSeed = second.hedge(hedgeKey, random[1], networkId, networkId, 32)
const [initiatorIndex, responderIndex] = [0x01020304, 0x0a0b0c0d]

const sent = second.makeM1({ networkId, responder, initiator, index: initiatorIndex, coins, ephemeralSeed, wallMs, offer })
const opened = second.readM1({ networkId, responder }, sent.packet)
const binding = initiator.certHash
const ephemeralCoins = second.hedge(hedgeKey, random[2], binding, opened.ephemeralKey, 64)
const staticCoins = second.hedge(hedgeKey, random[3], binding, initiator.publicKey, 64)
const answer = second.makeM2({ opened, index: responderIndex, ephemeralCoins, staticCoins, selection: offer })

const cookie = second.cookieOf(fresh('cookie secret'), '192.0.2.7')
const m1Mac = sent.packet.slice(-32, -16)
const cookieReply = second.makeCookieReply(networkId, responder.peerId, m1Mac, cookie)
const m1WithCookie = second.finish(networkId, responder.peerId, sent.packet.slice(0, -32), cookie)

const ticketId = fresh('ticket')
const ticket = { id: ticketId, key: second.ticketKey(answer.secrets.resumption, ticketId) }
const early = second.text('early data')
const resumeSeed = second.hedge(hedgeKey, random[4], networkId, networkId, 32)
const resumeOptions = { networkId, responderId: responder.peerId, ticket, index: initiatorIndex, wallMs, offer, early }
const resume = second.makeResume({ ...resumeOptions, ephemeralSeed: resumeSeed })
const shown = second.readResume({ networkId, responderId: responder.peerId, ticket }, resume.packet)
const resumedCoins = second.hedge(hedgeKey, random[5], initiator.certHash, shown.ephemeralKey, 64)
const resumed = second.makeResumed({ opened: shown, index: responderIndex, coins: resumedCoins, selection: offer })

const handshake = {
  networkId: hex(networkId),
  responder: { ...hexed(responder), index: responderIndex },
  initiator: { ...hexed(initiator), index: initiatorIndex },
  hedgeKey: hex(hedgeKey),
  random: random.map(hex),
  coins: hexed({ m1: coins, ephemeralSeed, ephemeral: ephemeralCoins, static: staticCoins, resumeSeed, resumed: resumedCoins }),
  wallMs,
  offer,
  m1: hex(sent.packet),
  m2: hex(answer.packet),
  secrets: hexed(answer.secrets),
  cookie: hexed({ secret: fresh('cookie secret'), cookie, reply: cookieReply, m1: m1WithCookie }),
  resumption: {
    ticket: hexed(ticket),
    early: hex(early),
    resume: hex(resume.packet),
    resumed: hex(resumed.packet),
    secrets: hexed(resumed.secrets),
  },
}

// Records: three of the initiator, of which the last is after a step; two of the responder around a ratchet.
const { secrets } = answer
const ratchetSeed = fresh('ratchet seed')
const ratchetKey = second.keyPair(ratchetSeed).publicKey
const ratchetCoins = fresh('ratchet coins', 64)
const { ciphertext, secret } = second.encapsulate(ratchetKey, ratchetCoins)
const renewed = second.ratchet(secrets, secret, ratchetKey, ciphertext)
const [up, down] = [new second.Records(secrets.root, 0), new second.Records(secrets.root, 1)]
const list = []
function record(from, sender, type, body) {
  list.push({ sender, counter: from.counter, phase: from.phase(), type, body: hex(body), record: hex(from.seal(type, body)) })
}
record(up, 0, 6, second.zero(0))
record(up, 0, 1, second.text('first frames'))
up.nextStep()
record(up, 0, 1, second.text('after a step'))
record(up, 0, 3, ratchetKey)
record(down, 1, 4, ciphertext)
down.nextEpoch(renewed.root)
record(down, 1, 1, second.text('new epoch'))
up.nextEpoch(renewed.root)
record(up, 0, 9, second.zero(0))
const keys = [0, 1].flatMap(sender =>
  [0, 1].map(kind => {
    const [key, iv] = second.recordKey(second.directionSecret(secrets.root, sender), kind)
    return { sender, kind, key: hex(key), iv: hex(iv) }
  }),
)
const datagrams = [0, 1, 2 ** 33 + 5].map(counter => {
  const body = second.text(`datagram ${counter}`)
  return { sender: 0, counter, body: hex(body), record: hex(second.sealDatagram(secrets.root, 0, counter, body)) }
})
const records = {
  secrets: hexed(secrets),
  keys,
  ratchet: { ...hexed({ seed: ratchetSeed, publicKey: ratchetKey, coins: ratchetCoins, ciphertext, secret }), secrets: hexed(renewed) },
  records: list,
  datagrams,
}

const nonce = fresh('attach nonce', 16)
const request = second.makeAttach(secrets.attach, { index: initiatorIndex, n: 1, nextRx: 5 })
const ok = second.makeAttachOk(secrets.attach, request, { index: responderIndex, nonce, nextRx: 2 ** 32 + 7 })
const attach = {
  attach: hex(secrets.attach),
  ids: [1, 2, 3, 2 ** 32].map(n => ({ n, id: hex(second.attachId(secrets.attach, n)) })),
  initiatorIndex,
  responderIndex,
  nonce: hex(nonce),
  initiatorNextRx: 5,
  responderNextRx: 2 ** 32 + 7,
  request: hex(request),
  ok: hex(ok),
  done: hex(second.makeAttachDone(secrets.attach, request, ok, { index: initiatorIndex })),
}

export const made = { 'handshake.json': handshake, 'records.json': records, 'attach.json': attach }
if (process.argv[1]?.endsWith('make-handshake.mjs')) {
  for (const [name, content] of Object.entries(made)) {
    writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(content, null, 1)}\n`)
  }
}
