// What every runtime has to pass, written with nothing but what all of them have. It imports nothing: each program hands
// in what it imported from the package, so that the very import is part of the test.

const MIB = 2 ** 20
const STREAM_BYTES = 16 * MIB
const CHUNK_BYTES = 64 * 1024
/** What may be under way to a reader that stands still: the stream's window, and what waits in writers on the way. */
const MAX_AHEAD_BYTES = 1.5 * MIB
const REQUESTS_AT_ONCE = 16
const TIMEOUT_MS = 20_000

/**
 * Runs every step against the server and tells how each went; the first that fails ends the run.
 *
 * @param {object} library `{ createNode, isHyphaeError, loadKernels }` as imported
 * @param {object} task `runtime`: the name its nodes should have; `address`: where the server is; `requests`: how many;
 *   `listen`: where this runtime can listen
 * @param {() => Promise<{ node: object, addresses: string[] }>} [inbound] makes a node that the server can connect to,
 *   where the runtime accepts connections in a way of its own
 * @returns {Promise<{ name: string, ok: boolean, ms: number, note: string }[]>}
 */
export async function exercise(library, task, inbound) {
  const run = { library, task, inbound, node: undefined, peer: undefined }
  const results = []
  for (const [name, work] of steps) {
    const startMs = performance.now()
    const outcome = await work(run).then(
      note => ({ ok: true, note: note ?? '' }),
      error => ({ ok: false, note: describe(error) }),
    )
    results.push({ name, ms: performance.now() - startMs, ...outcome })
    if (!outcome.ok) break
  }
  await run.node?.close(results.at(-1).ok ? {} : { timeoutMs: 0 })
  return results
}

const steps = [
  ['kernels', kernels],
  ['handshake', handshake],
  ['requests', requests],
  ['stream out', streamOut],
  ['stream in', streamIn],
  ['reconnection', reconnection],
  ['listening', listening],
]

/** Vectors of the authors: BLAKE3 of nothing, and the sunscreen of RFC 8439 §2.8.2. */
const EMPTY_BLAKE3 = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
const RFC_8439 = {
  key: '808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f',
  nonce: '070000004041424344454647',
  ad: '50515253c0c1c2c3c4c5c6c7',
  text: "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
  tag: '1ae10b594f09e26a7e902ecbd0600691',
}

async function kernels({ library }) {
  const { aead, blake3, backends } = library.loadKernels()
  expect(backends.aead === 'wasm' && backends.blake3 === 'wasm', `kernels are ${JSON.stringify(backends)}`)
  expectEqual(hex(blake3.hash(new Uint8Array(0))), EMPTY_BLAKE3, 'BLAKE3 of nothing')
  const text = new TextEncoder().encode(RFC_8439.text)
  const buffer = new Uint8Array(text.length + 16)
  buffer.set(text)
  const key = aead.key(unhex(RFC_8439.key))
  const ad = unhex(RFC_8439.ad)
  key.seal(unhex(RFC_8439.nonce), ad, 0, ad.length, buffer, 0, text.length)
  expectEqual(hex(buffer.subarray(text.length)), RFC_8439.tag, 'tag of RFC 8439')
  const isOpen = key.open(unhex(RFC_8439.nonce), ad, 0, ad.length, buffer, 0, buffer.length)
  expect(isOpen && hex(buffer.subarray(0, text.length)) === hex(text), 'what was sealed opens again')
  key.free()
}

async function handshake(run) {
  const { library, task } = run
  run.node = await library.createNode()
  const facts = new Promise(resolve => run.node.once('peer:connect', resolve))
  run.peer = await run.node.connect(task.address, { timeoutMs: TIMEOUT_MS })
  expect(task.address.endsWith(`#${run.peer}`), `the peer is ${run.peer}`)
  expectEqual(run.node.diagnostics().runtime, task.runtime, 'entry of the package')
  return `${(await facts).handshakeMs.toFixed(0)} ms`
}

async function requests({ node, peer, task }) {
  let next = 0
  const lane = async () => {
    for (let i = next++; i < task.requests; i = next++) {
      const body = { number: i, bytes: pattern(i % 257, i) }
      const answer = await node.request(peer, 'echo', body, { timeoutMs: TIMEOUT_MS })
      expect(answer.number === i && hex(answer.bytes) === hex(body.bytes), `request ${i} got another answer`)
    }
  }
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane))
  return String(task.requests)
}

/** 16 MiB to a reader that stands still at first and is slow afterwards. */
async function streamOut({ node, peer }) {
  const content = pattern(STREAM_BYTES, 1)
  const stream = await node.open(peer, 'sink')
  const progress = { bytes: 0 }
  const written = write(stream, content, progress)
  await settled(() => progress.bytes)
  expect(progress.bytes <= MAX_AHEAD_BYTES, `${progress.bytes} bytes were written to a reader that stands still`)
  // Requests pass a stream that stands still.
  const unread = await node.request(peer, 'sink:unread', stream.id, { timeoutMs: TIMEOUT_MS })
  expect(unread > 0 && unread <= MIB, `${unread} bytes wait at the reader`)
  await node.request(peer, 'sink:go', stream.id, { timeoutMs: TIMEOUT_MS })
  await written
  expectEqual(hex(await readAll(stream)), await sha256(content), 'hash of what the server read')
}

/** 16 MiB from the server to a reader here that stands still at first and is slow afterwards. */
async function streamIn({ node, peer }) {
  const stream = await node.open(peer, 'source')
  const reader = stream.readable.getReader()
  await write(stream, Uint8Array.of(1), { bytes: 0 })
  const content = new Uint8Array(STREAM_BYTES)
  let length = 0
  let rested = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    expect(length + next.value.length <= STREAM_BYTES, 'more came than was sent')
    content.set(next.value, length)
    length += next.value.length
    if (length - rested < MIB && rested > 0) continue
    if (rested === 0) await expectSenderWaits(node, peer, stream, length)
    else await delay(5)
    rested = length
  }
  expectEqual(length, STREAM_BYTES, 'length of the stream')
  const hash = await node.request(peer, 'source:hash', undefined, { timeoutMs: TIMEOUT_MS })
  expectEqual(await sha256(content), hash, 'hash of what was read')
}

async function expectSenderWaits(node, peer, stream, readBytes) {
  const sent = await settled(() => node.request(peer, 'source:sent', stream.id, { timeoutMs: TIMEOUT_MS }))
  expect(sent <= readBytes + MAX_AHEAD_BYTES, `the server wrote ${sent} bytes to a reader that stands still`)
}

/** Cuts the socket in the middle of a stream; stream, request and session live on. */
async function reconnection({ node, peer }) {
  const seen = { lost: 0, replaced: 0, ended: 0 }
  const onCarrier = ({ address }) => (address === undefined ? (seen.lost += 1) : (seen.replaced += 1))
  const onEnd = () => (seen.ended += 1)
  node.on('peer:carrier', onCarrier).on('peer:disconnect', onEnd)
  const attachedBefore = await node.request(peer, 'attached')

  const content = pattern(4 * MIB, 2)
  const stream = await node.open(peer, 'echo')
  const written = write(stream, content, { bytes: 0 })
  const reader = stream.readable.getReader()
  const first = await reader.read()
  const startMs = performance.now()
  const [cut, rest] = await Promise.all([
    node.request(peer, 'cut', undefined, { timeoutMs: TIMEOUT_MS }),
    readRest(reader),
    written,
  ])
  const tookMs = performance.now() - startMs

  expect(cut > 0, 'no socket was cut')
  expectEqual(await sha256(joined([first.value, ...rest])), await sha256(content), 'hash of the stream that survived')
  node.off('peer:carrier', onCarrier).off('peer:disconnect', onEnd)
  expect(seen.replaced > 0 && seen.ended === 0, `the carrier was to be replaced and no session to end: ${text(seen)}`)
  expect((await node.request(peer, 'attached')) > attachedBefore, 'the server took no new carrier for the session')
  return `${tookMs.toFixed(0)} ms`
}

/** Where the runtime can listen, the server connects back; where not, that is said. */
async function listening({ library, task, node, peer, inbound }) {
  if (!inbound && task.listen.length === 0) {
    const refusal = await library.createNode({ listen: ['ws://127.0.0.1:0'] }).then(
      () => undefined,
      error => error,
    )
    expect(library.isHyphaeError(refusal, 'UNSUPPORTED_RUNTIME'), `listening was refused with ${describe(refusal)}`)
    expect(refusal.remedy.length > 10, 'the refusal has no remedy')
    return 'refused'
  }
  const { node: second, addresses } = await (inbound?.() ?? listener(library, task))
  second.handle('who', () => task.runtime)
  second.handleStream('echo', ({ readable, writable }) => readable.pipeTo(writable))
  try {
    for (const address of addresses) {
      const answer = await node.request(peer, 'connect back', `${address}#${second.id}`, { timeoutMs: TIMEOUT_MS })
      expectEqual(answer, task.runtime, `answer through ${address}`)
    }
  } finally {
    await second.close()
  }
  return addresses.map(address => address.split(':')[0]).join(', ')
}

async function listener({ createNode }, { listen }) {
  const node = await createNode({ listen })
  return { node, addresses: node.addresses }
}

async function write(stream, content, progress) {
  const writer = stream.writable.getWriter()
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    const chunk = content.subarray(at, at + CHUNK_BYTES)
    await writer.write(chunk)
    progress.bytes += chunk.length
  }
  await writer.close()
}

async function readRest(reader) {
  const chunks = []
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value)
  return chunks
}

const readAll = async stream => joined(await readRest(stream.readable.getReader()))

function joined(chunks) {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return all
}

/** Waits until a number above zero stays the same for a while, and answers it. */
async function settled(read) {
  let value = 0
  for (let same = 0, tries = 0; same < 3 && tries < 200; tries++) {
    const now = await read()
    same = now > 0 && now === value ? same + 1 : 0
    value = now
    await delay(40)
  }
  return value
}

/** Bytes that any two programs compute alike (xorshift32), so that both sides know the content. */
export function pattern(length, seed) {
  const bytes = new Uint8Array(length)
  let x = (seed + 1) * 0x9e3779b1
  for (let i = 0; i < length; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    bytes[i] = x
  }
  return bytes
}

const sha256 = async bytes => hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
const delay = ms => new Promise(resolve => setTimeout(resolve, ms))
const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
const unhex = digits => Uint8Array.from(digits.match(/../g), pair => parseInt(pair, 16))
const text = value => JSON.stringify(value)

function expect(holds, message) {
  if (!holds) throw new Error(message)
}

function expectEqual(actual, wanted, what) {
  expect(actual === wanted, `${what}: ${text(actual)} instead of ${text(wanted)}`)
}

function describe(error) {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${describe(error.cause)}`
  return `${error.code ?? error.name}: ${error.message}\n${error.stack ?? ''}${cause}`
}
