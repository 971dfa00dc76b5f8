// npm run bench -- delivery [--json]: send → frame → receive → status of the built package, two machines, no session.
import { Delivery, LANES, resolveDeliveryConfig } from '../dist/protocols/delivery/index.js'

export const name = 'delivery'

const ROUNDS = 9
const MESSAGES = 200_000
const REQUESTS = 50_000
/** Bytes of a record, in which the lane's bytes travel. */
const RECORD_BYTES = 16_384
const BODY = new Uint8Array(100).fill(7)

/** Goals in ns of this project for 100 B (docs/performance.md): the send alone, and the whole way there and back. */
const GOALS = { send: 1000, whole: 1000 }

const median = values => [...values].sort((a, b) => a - b)[values.length >> 1]

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
  'send, qos 0': () => sendOnly(0),
  'send, qos 2': () => sendOnly(2),
  'whole way, qos 0': () => whole(0),
  'whole way, qos 1': () => whole(1),
  'whole way, qos 2': () => whole(2),
  'request and answer': requests,
}
const results = Object.fromEntries(Object.keys(cases).map(label => [label, []]))
for (let round = 0; round < ROUNDS; round++)
  for (const [label, run] of Object.entries(cases)) results[label].push(run())
const medians = Object.fromEntries(
  Object.entries(results).map(([label, values]) => [label, Math.round(median(values))]),
)
const idleBytes = footprint()
if (process.argv.includes('--json')) console.log(JSON.stringify({ ns: medians, idleBytes, goals: GOALS }))
else {
  for (const [label, ns] of Object.entries(medians)) console.log(`${label.padEnd(20)} ${String(ns).padStart(6)} ns`)
  console.log(`goals: ${GOALS.send} ns a send, ${GOALS.whole} ns the whole way`)
  if (idleBytes !== undefined) console.log(`an idle machine: ${idleBytes} B of heap`)
}
