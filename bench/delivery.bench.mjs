// npm run bench -- delivery [--json]: send → frame → receive → status of the built package, two machines, no session.
import { Delivery, LANES, resolveDeliveryConfig } from '../dist/protocols/delivery/index.js'
import { optionsOf } from './lib/arguments.mjs'
import { alternate, medians } from './lib/measure.mjs'
import { jsonLines, resultOf, tableOf } from './lib/report.mjs'

const name = 'delivery'
const { json } = optionsOf(name)

const ROUNDS = 9
const MESSAGES = 200_000
const REQUESTS = 50_000
/** Bytes of a record, in which the lane's bytes travel. */
const RECORD_BYTES = 16_384
const BODY = new Uint8Array(100).fill(7)

/** For 100 B (docs/performance.md): the send alone, and the whole way there and back. */
const GOAL = { limit: 1000 }

/** A lane as a session has it: bytes are copied once into a record, which the other end reads where it lies. */
class Lane {
  record = new Uint8Array(RECORD_BYTES)
  used = 0
}

/** One end, whose handlers end at once and whose statuses are counted. */
class End {
  lanes = Array.from({ length: LANES }, () => new Lane())
  statuses = 0
  responses = 0

  constructor(time, epoch) {
    this.time = time
    this.delivery = new Delivery({ config: resolveDeliveryConfig(), epoch, sink: this })
  }

  write(lane, buffer, from, to) {
    const target = this.lanes[lane]
    if (target.used + to - from > RECORD_BYTES) this.deliver(lane)
    const taken = Math.min(to - from, RECORD_BYTES - target.used)
    const { record, used } = target
    if (taken > 64) record.set(buffer.subarray(from, from + taken), used)
    else for (let i = 0; i < taken; i++) record[used + i] = buffer[from + i]
    target.used = used + taken
    return taken
  }

  /** Hands a record to the other end; false where there was none. */
  deliver(lane) {
    const target = this.lanes[lane]
    if (target.used === 0) return false
    const { used } = target
    target.used = 0
    this.other.delivery.receive(lane, target.record, 0, used, this.time)
    return true
  }

  consume() {}
  flush() {}
  onStatus() {
    this.statuses++
  }
  onMessage(token) {
    this.delivery.handled(token, this.time)
  }
  onRequest(token, _name, body) {
    this.delivery.respond(token, body, this.time)
  }
  onCancelled() {}
  onResponse() {
    this.responses++
  }
  onFailure(_token, code) {
    throw new Error(code)
  }
  saveInbox() {}
  onViolation(reason) {
    throw new Error(reason)
  }
}

function pair() {
  const time = { monoMs: 0, wallMs: 0 }
  const [a, b] = [new End(time, 1), new End(time, 2)]
  a.other = b
  b.other = a
  a.delivery.connected(time)
  b.delivery.connected(time)
  settle(a, b)
  return { a, b, time }
}

function settle(a, b) {
  for (let moved = true; moved;) {
    moved = false
    for (const end of [a, b]) for (let lane = 0; lane < LANES; lane++) moved = end.deliver(lane) || moved
  }
}

/** ns a message for the whole way: sent one call each, framed, received, handled, acknowledged. */
function whole(qos) {
  const { a, b, time } = pair()
  const options = { qos, priority: 1 }
  const startMs = performance.now()
  for (let i = 0; i < MESSAGES; i++) {
    a.delivery.send('orders', BODY, options, time)
    if (i % 128 === 127) settle(a, b)
  }
  settle(a, b)
  const ns = ((performance.now() - startMs) / MESSAGES) * 1e6
  if (b.delivery.stats.received !== MESSAGES || a.statuses !== MESSAGES * (qos === 0 ? 2 : 3)) throw new Error('lost')
  return ns
}

/** ns a message for `send` alone, with its statuses `queued` and `sent`, into a lane that forgets. */
function sendOnly(qos) {
  const { a, time } = pair()
  a.deliver = lane => {
    a.lanes[lane].used = 0
    return false
  }
  const options = { qos, priority: 1 }
  let spentMs = 0
  for (let i = 0; i < MESSAGES; i += 1000) {
    const startMs = performance.now()
    for (let j = 0; j < 1000; j++) a.delivery.send('orders', BODY, options, time)
    spentMs += performance.now() - startMs
    a.delivery.abandon('ABORTED', '')
  }
  return (spentMs / MESSAGES) * 1e6
}

/** ns a request with its answer, 64 in flight. */
function requests() {
  const { a, b, time } = pair()
  const options = { priority: 1, timeoutMs: 10_000 }
  const startMs = performance.now()
  for (let i = 0; i < REQUESTS; i++) {
    a.delivery.request('echo', BODY, options, time)
    if (i % 64 === 63) settle(a, b)
  }
  settle(a, b)
  if (a.responses !== REQUESTS) throw new Error('lost')
  return ((performance.now() - startMs) / REQUESTS) * 1e6
}

/** Heap bytes of a machine that is connected and idle. */
function footprint() {
  if (globalThis.gc === undefined) return undefined
  const time = { monoMs: 0, wallMs: 0 }
  const config = resolveDeliveryConfig()
  const sink = { write: (_lane, _buffer, from, to) => to - from, flush() {} }
  const kept = []
  globalThis.gc()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 2000; i++) {
    const delivery = new Delivery({ config, epoch: i, sink })
    delivery.connected(time)
    kept.push(delivery)
  }
  globalThis.gc()
  return Math.round((process.memoryUsage().heapUsed - before) / kept.length)
}

const cases = {
  'send, qos 0': { work: () => sendOnly(0), goal: GOAL },
  'send, qos 2': { work: () => sendOnly(2), goal: GOAL },
  'whole way, qos 0': { work: () => whole(0), goal: GOAL },
  'whole way, qos 1': { work: () => whole(1), goal: GOAL },
  'whole way, qos 2': { work: () => whole(2), goal: GOAL },
  'request and answer': { work: requests },
}
const turns = Object.fromEntries(Object.entries(cases).map(([row, { work }]) => [row, work]))
const ns = medians(await alternate(turns, ROUNDS))
const results = Object.entries(cases).map(([row, { goal }]) =>
  resultOf({ suite: name, row, unit: 'ns', goal }, { hyphae: ns[row] }),
)
const idleBytes = footprint()
if (idleBytes !== undefined)
  results.push(resultOf({ suite: name, row: 'heap of an idle machine', unit: 'B' }, { hyphae: idleBytes }))
console.log(json ? jsonLines(results) : tableOf(results))
