// Streams both ways. The opener's head says what follows, seed and bytes of each
// direction, and whether all of it will come; every byte is checked.
import { Pattern } from './random.mjs'

const HEAD_BYTES = 20
const MAX_CHUNK = 64 * 1024
/** Given where one side ends a stream on purpose. */
const GIVEN_UP = 77

async function send(writable, seed, bytes, head) {
  const writer = writable.getWriter()
  // A write that fails rejects these too; whoever writes hears of it there.
  writer.closed.catch(() => undefined)
  writer.ready.catch(() => undefined)
  if (head !== undefined) await writer.write(head)
  const pattern = new Pattern(seed)
  for (let left = bytes; left > 0;) {
    const size = Math.min(left, MAX_CHUNK)
    await writer.write(pattern.take(size))
    left -= size
  }
  // Closing what failed meanwhile tells only that; why it failed is told by `closed`.
  await writer.close().catch(() => writer.closed)
}

/** Reads to the end; answers what is wrong with the bytes, if anything. */
async function receive(reader, seed, bytes, rest) {
  const pattern = new Pattern(seed)
  let got = 0
  let part = rest
  for (;;) {
    if (part !== undefined) {
      got += part.length
      if (!pattern.matches(part)) return `wrong bytes before ${got} of ${bytes}`
    }
    const { done, value } = await reader.read()
    if (done) return got === bytes ? undefined : `ended after ${got} of ${bytes} bytes`
    part = value
  }
}

/** Takes a stream: reads the head, then both directions at once. */
export async function takeStream(stream, ledger) {
  try {
    const reader = stream.readable.getReader()
    let head = new Uint8Array(0)
    while (head.length < HEAD_BYTES) {
      const { done, value } = await reader.read()
      if (done) return
      head = Buffer.concat([head, value])
    }
    const view = new DataView(head.buffer, head.byteOffset)
    const [up, upBytes, down, downBytes, isWhole] = [0, 4, 8, 12, 16].map(at => view.getUint32(at))
    const [wrong] = await Promise.all([
      receive(reader, up, upBytes, head.subarray(HEAD_BYTES)),
      send(stream.writable, down, downBytes),
    ])
    // Given up in the middle it may end early, but never with bytes that were not sent.
    const isWrong = isWhole === 1 ? wrong !== undefined : wrong?.startsWith('wrong')
    if (isWrong) ledger.problem(`stream ${stream.id}, taken: ${wrong}`)
    else ledger.done('streams taken')
  } catch (error) {
    ledger.failed('stream taken', error)
  }
}

function headOf(...words) {
  const head = new Uint8Array(HEAD_BYTES)
  const view = new DataView(head.buffer)
  words.forEach((word, i) => view.setUint32(4 * i, word))
  return head
}

/** Opens a stream, sends and receives; `mode` says how it ends. */
export async function runStream(stream, random, mode, ledger) {
  const [up, upBytes, down, downBytes] = [
    random.seed(),
    random.size(2 * 1024 * 1024),
    random.seed(),
    random.size(2 * 1024 * 1024),
  ]
  const reader = stream.readable.getReader()
  const sending = send(stream.writable, up, upBytes, headOf(up, upBytes, down, downBytes, mode === 'whole' ? 1 : 0))
  const receiving = receive(reader, down, downBytes, undefined)
  const settled = Promise.allSettled([receiving, sending])
  if (mode === 'whole') {
    const [wrong] = await Promise.all([receiving, sending])
    if (wrong !== undefined) ledger.problem(`stream ${stream.id}, opened: ${wrong}`)
    await stream.closed
    return ledger.done('streams')
  }
  await new Promise(resolve => setTimeout(resolve, random.whole(0, 20)))
  if (mode === 'reset') stream.reset(GIVEN_UP)
  else if (mode === 'cancel') await reader.cancel(GIVEN_UP).catch(() => undefined)
  else stream.close()
  const outcomes = await settled
  const wrong = outcomes[0].status === 'fulfilled' ? outcomes[0].value : undefined
  if (wrong?.startsWith('wrong')) ledger.problem(`stream ${stream.id}, ${mode}: ${wrong}`)
  await stream.closed
  ledger.done(`streams ${mode}`)
}
