import { LIMITS } from '../../core/limits.js'
import { check, checkEqual, pattern, patternByte } from './case.js'
import type { Tap } from './tap.js'
import type { Bench, Pair, TransportCase, TransportSubject } from './bench.js'

const MIB = 1024 * 1024

/** Cases of an open carrier. */
export function carrierCases(subject: TransportSubject): TransportCase[] {
  const cases: TransportCase[] = [
    ['echoes', echoes],
    ['delivers any split of the writes as one stream, in order, both ways at once', anySplit],
    ['leaves the written bytes as they were', leavesBytes],
    ['keeps what comes before bind', keepsBeforeBind],
    ['delivers nothing while paused, not even the rest of what it has', pauses],
    ['closes after flushing what was written', closeFlushes],
    ['cuts at once when closed with abort', aborts],
    ['reports the close once, whatever is called', closesOnce],
    ['reports a close that came before bind', closedBeforeBind],
    ['takes nothing after close', writesAfterClose],
    ['tells apart an orderly end and a cut one', tellsReason],
  ]
  if (subject.pausesPeer) {
    cases.push([
      'holds 16 MiB back from a slow dialler',
      async bench => holdsBack(bench, await bench.pair(), 'accepted'),
    ])
  } else cases.push(['closes with LIMIT_EXCEEDED rather than keep more than it may while paused', boundsInbox])
  if (subject.pausesPeer || subject.listening) {
    cases.push([
      'holds 16 MiB back from a slow acceptor',
      async bench => holdsBack(bench, await bench.pair(), 'dialled'),
    ])
  }
  if (subject.tellsFull === false) cases.push(['takes 16 MiB in one write and delivers them', takesAll])
  else cases.push(['calls onDrain once after write answered false', drains])
  return cases
}

async function echoes(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  accepted.onPiece = (buffer, from, to) => bench.subject.ports.defer(() => accepted.write(copy(buffer, from, to)))
  dialled.expectPattern()
  dialled.write(pattern(0, 1000))
  await dialled.until('the echo', () => dialled.received === 1000)
}

async function anySplit(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  dialled.expectPattern()
  accepted.expectPattern()
  await Promise.all([sendPattern(dialled, MIB, splits(1)), sendPattern(accepted, MIB, splits(2))])
  await accepted.until('all bytes', () => accepted.received === MIB)
  await dialled.until('all bytes', () => dialled.received === MIB)
}

async function leavesBytes(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  // The receiver overwrites what it gets, as decrypting in place does.
  for (const [from, to] of [
    [dialled, accepted],
    [accepted, dialled],
  ] as const) {
    to.expectPattern()
    const bytes = pattern(0, 100_000)
    from.write(bytes)
    await to.until('all bytes', () => to.received === bytes.length)
    for (let i = 0; i < bytes.length; i++) check(bytes[i] === patternByte(i), `the sender's byte ${i} changed`)
  }
}

async function keepsBeforeBind(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.connect()
  dialled.bind()
  dialled.write(pattern(0, 50_000))
  await bench.wait(20)
  accepted.expectPattern().bind()
  await accepted.until('what came before bind', () => accepted.received === 50_000)
}

async function pauses(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  accepted.expectPattern()
  const look = accepted.onPiece
  accepted.onPiece = (buffer, from, to) => {
    look?.(buffer, from, to)
    accepted.pause(true)
  }
  let sent = 0
  for (; sent < 60_000; sent += 3_000) dialled.write(pattern(sent, 3_000))
  while (accepted.received < sent) {
    const before = accepted.received
    await accepted.until('one delivery', () => accepted.received > before)
    const { deliveries } = accepted
    await bench.wait(2)
    checkEqual(accepted.deliveries, deliveries, 'deliveries while paused')
    accepted.pause(false)
  }
}

async function closeFlushes(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  accepted.expectPattern()
  const bytes = pattern(0, 2 * MIB)
  dialled.write(bytes)
  dialled.close()
  await accepted.until('the close', () => accepted.closes === 1)
  checkEqual(accepted.received, bytes.length, 'bytes before the close')
  await dialled.until('the own close', () => dialled.closes === 1)
  checkEqual(dialled.reason, undefined, 'reason of the orderly end')
}

async function aborts(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  const { clock } = bench.subject.ports
  // The peer does not read: an orderly close would have to wait for it.
  accepted.pause(true)
  dialled.write(pattern(0, bench.subject.pausesPeer ? 16 * MIB : 2 * MIB))
  const from = clock.now().monoMs
  dialled.close(true)
  await dialled.until('the own close', () => dialled.closes === 1)
  check(clock.now().monoMs - from < LIMITS.carrierLingerMs / 2, 'the close waited for the peer')
  check(dialled.reason !== undefined, 'a cut carrier has a reason')
  accepted.pause(false)
  await accepted.until("the peer's close", () => accepted.closes === 1)
  if (bench.subject.pausesPeer) check(accepted.received < 16 * MIB, 'everything arrived although the carrier was cut')
}

async function closesOnce(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  dialled.close()
  accepted.close()
  dialled.close()
  dialled.close(true)
  accepted.close(true)
  await dialled.until('the close', () => dialled.closes > 0)
  await accepted.until('the close', () => accepted.closes > 0)
  dialled.close(true)
  accepted.close()
  await bench.wait(20)
  for (const tap of [dialled, accepted]) {
    tap.verify()
    checkEqual(tap.closes, 1, 'calls of onClose')
  }
}

async function closedBeforeBind(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.connect()
  dialled.bind().write(pattern(0, 5))
  dialled.close()
  await bench.wait(20)
  accepted.expectPattern().bind()
  await accepted.until('the close', () => accepted.closes === 1)
  checkEqual(accepted.received, 5, 'bytes that came before bind')
  await dialled.until('the own close', () => dialled.closes === 1)
}

async function writesAfterClose(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  dialled.close()
  checkEqual(dialled.write(pattern(0, 10)), false, 'write while closing')
  await dialled.until('the close', () => dialled.closes === 1)
  await accepted.until('the close', () => accepted.closes === 1)
  checkEqual(dialled.write(pattern(0, 10)), false, 'write after the close')
  dialled.pause(true)
  dialled.pause(false)
  checkEqual(accepted.received, 0, 'bytes written after close')
}

async function tellsReason(bench: Bench): Promise<void> {
  const orderly = await bench.pair()
  orderly.dialled.close()
  await orderly.accepted.until('the close', () => orderly.accepted.closes === 1)
  checkEqual(orderly.accepted.reason, undefined, 'reason of an orderly end')
  const cut = await bench.pair()
  cut.dialled.close(true)
  await cut.dialled.until('the own close', () => cut.dialled.closes === 1)
  check(cut.dialled.reason !== undefined, 'the end that cut got no reason')
}

async function holdsBack(bench: Bench, pair: Pair, sending: 'dialled' | 'accepted'): Promise<void> {
  const [sender, reader] = sending === 'dialled' ? [pair.dialled, pair.accepted] : [pair.accepted, pair.dialled]
  reader.expectPattern().pause(true)
  const total = 16 * MIB
  let sent = 0
  // Full and not drained for this long: the sender is held back.
  for (let full = false; sent < total && !full; sent += 65_536) {
    const { drains } = sender
    if (sender.write(pattern(sent, 65_536))) continue
    for (let waitedMs = 0; waitedMs < 200 && sender.drains === drains; waitedMs += 10) await bench.wait(10)
    full = sender.drains === drains
  }
  check(sent < total, 'all of it was taken although nobody read')
  checkEqual(reader.received, 0, 'bytes delivered while paused')
  const { drains } = sender
  reader.pause(false)
  await sender.until('onDrain', () => sender.drains > drains)
  await sendPattern(sender, total - sent, () => 65_536, sent)
  await reader.until('all bytes', () => reader.received === total)
}

async function boundsInbox(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  dialled.pause(true)
  const sending = sendPattern(accepted, 4 * LIMITS.maxInboxBytes, () => 65_536)
  await dialled.until('the close', () => dialled.closes === 1)
  checkEqual((dialled.reason as { code?: unknown } | undefined)?.code, 'LIMIT_EXCEEDED', 'reason')
  checkEqual(dialled.received, 0, 'bytes delivered while paused')
  await sending
}

async function drains(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  // More than any system takes at once.
  const bytes = pattern(0, 16 * MIB)
  for (const [sender, receiver] of [
    [dialled, accepted],
    [accepted, dialled],
  ] as const) {
    receiver.expectPattern()
    checkEqual(sender.write(bytes), false, 'write of 16 MiB')
    await sender.until('onDrain', () => sender.drains > 0)
    await receiver.until('all bytes', () => receiver.received === bytes.length)
    await bench.wait(10)
    checkEqual(sender.drains, 1, 'calls of onDrain')
  }
}

async function takesAll(bench: Bench): Promise<void> {
  const { dialled, accepted } = await bench.pair()
  const bytes = pattern(0, 16 * MIB)
  for (const [sender, receiver] of [
    [dialled, accepted],
    [accepted, dialled],
  ] as const) {
    receiver.expectPattern()
    checkEqual(sender.write(bytes), true, 'write of 16 MiB')
    await receiver.until('all bytes', () => receiver.received === bytes.length)
    checkEqual(sender.drains, 0, 'calls of onDrain')
  }
}

/** Writes the pattern in pieces, waiting whenever the carrier is full, until all is taken or the carrier ends. */
async function sendPattern(tap: Tap, length: number, pieceBytes: () => number, from = 0): Promise<void> {
  const end = from + length
  for (let at = from; at < end && tap.closes === 0;) {
    const size = Math.min(pieceBytes(), end - at)
    // In the middle of a larger buffer, as records are.
    const buffer = new Uint8Array(size + 7)
    buffer.set(pattern(at, size), 3)
    const drains = tap.drains
    if (!tap.write(buffer, 3, 3 + size)) await tap.until('onDrain', () => tap.drains > drains || tap.closes > 0)
    at += size
  }
}

/** Sizes of pieces from 0 to 70,000, most of them small; the same for the same seed. */
function splits(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    const size = state >>> 8
    return size % 5 === 0 ? size % 70_001 : size % 700
  }
}

function copy(buffer: Uint8Array, from: number, to: number): Uint8Array {
  return Uint8Array.from(buffer.subarray(from, to))
}
