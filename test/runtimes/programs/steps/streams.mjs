import { delay, expect, expectEqual, hex, MIB, pattern, sha256, TIMEOUT_MS } from '../common.mjs'

const STREAM_BYTES = 16 * MIB
const CHUNK_BYTES = 64 * 1024
/** What may be under way to a reader that stands still: the stream's window, and what waits in writers on the way. */
const MAX_AHEAD_BYTES = 1.5 * MIB

/** 16 MiB to a reader that stands still at first and is slow afterwards. */
export async function streamOut({ node, peer }) {
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
export async function streamIn({ node, peer }) {
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

export async function write(stream, content, progress) {
  const writer = stream.writable.getWriter()
  for (let at = 0; at < content.length; at += CHUNK_BYTES) {
    const chunk = content.subarray(at, at + CHUNK_BYTES)
    await writer.write(chunk)
    progress.bytes += chunk.length
  }
  await writer.close()
}

export async function readRest(reader) {
  const chunks = []
  for (let next = await reader.read(); !next.done; next = await reader.read()) chunks.push(next.value)
  return chunks
}

const readAll = async stream => joined(await readRest(stream.readable.getReader()))

export function joined(chunks) {
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
