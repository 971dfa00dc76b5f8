import { describe, expect, it } from 'vitest'
import type { HyphaeNode } from '../../../src/node/api/node.js'
import { type NodeStream, STREAM_CODE } from '../../../src/node/api/node-stream.js'
import { pattern } from '../../support/mux-pair.js'
import { closeNodesAfterEach, pair, until } from './support.js'

closeNodesAfterEach()

const MIB = 1024 * 1024
const turn = () => new Promise(resolve => setImmediate(resolve))

/** A stream from b to a, both of its ends. */
async function streams(a: HyphaeNode, b: HyphaeNode): Promise<[NodeStream, NodeStream]> {
  const taken = new Promise<NodeStream>(resolve => a.handleStream('s', stream => resolve(stream)))
  const opened = await b.open(a.id, 's')
  return [await taken, opened]
}

/** Collects what arrives; the pieces are views, so they are copied. */
function collect(stream: NodeStream): { bytes: () => Buffer; done: Promise<void> } {
  const pieces: Buffer[] = []
  const done = stream.receive(bytes => void pieces.push(Buffer.from(bytes)))
  return { bytes: () => Buffer.concat(pieces), done }
}

describe('streams without WHATWG streams', () => {
  it('[D23] carry many small messages in order, both ways, and end after the last', async () => {
    const [a, b] = await pair()
    const [there, here] = await streams(a, b)
    const [up, down] = [collect(there), collect(here)]
    const sent = pattern(300_000)
    for (let at = 0; at < sent.length; at += 100) {
      if (!here.send(sent.subarray(at, at + 100))) await here.drained
      if (!there.send(sent.subarray(at, at + 50))) await there.drained
    }
    here.close()
    await up.done
    expect(Buffer.compare(up.bytes(), sent)).toBe(0)
    expect(down.bytes().length).toBeLessThanOrEqual(150_000)
    there.close()
    await Promise.all([there.closed, here.closed])
  })

  it('copies what it cannot hand on, says so, and takes it up again in order', async () => {
    const [a, b] = await pair()
    const [there, here] = await streams(a, b)
    const sent = pattern(8 * MIB)
    const received = collect(there)
    let slow = 0
    const piece = new Uint8Array(64 * 1024)
    for (let at = 0; at < sent.length; at += piece.length) {
      piece.set(sent.subarray(at, at + piece.length))
      if (here.send(piece)) continue
      slow++
      // The caller may use its buffer again at once.
      piece.fill(0)
      await here.drained
    }
    expect(slow).toBeGreaterThan(0)
    const writer = here.writable.getWriter()
    await writer.close()
    await received.done
    expect(Buffer.compare(received.bytes(), sent)).toBe(0)
  })

  it('refuses what goes past the backlog, and loses nothing of what it took', async () => {
    const [a, b] = await pair()
    const [there, here] = await streams(a, b)
    let taken = 0
    const chunk = pattern(256 * 1024)
    expect(() => {
      for (;;) {
        here.send(chunk)
        taken += chunk.length
      }
    }).toThrowError(expect.objectContaining({ code: 'QUEUE_FULL', retryable: true }) as Error)
    expect(taken).toBeLessThan(4 * MIB)
    here.close()
    expect(() => here.send(chunk)).toThrowError(expect.objectContaining({ code: 'CLOSED' }) as Error)
    const received = collect(there)
    await received.done
    expect(received.bytes().length).toBe(taken)
  })

  it('waits for an asynchronous taker, and the peer with it', async () => {
    const [a, b] = await pair()
    const [there, here] = await streams(a, b)
    const gate: (() => void)[] = []
    const sizes: number[] = []
    const done = there.receive(bytes => {
      sizes.push(bytes.length)
      return new Promise<void>(resolve => gate.push(resolve))
    })
    here.send(pattern(1000))
    await until(() => sizes.length === 1)
    here.send(pattern(2000))
    await until(() => there.unreadBytes === 2000)
    expect(sizes).toEqual([1000])
    here.close()
    for (let i = 0; i < 20; i++) await turn()
    gate[0]()
    await until(() => sizes.length === 2)
    gate[1]()
    await done
    expect(sizes).toEqual([1000, 2000])
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('resets the stream when the taker %s', async (_, take) => {
    const [a, b] = await pair()
    const [there, here] = await streams(a, b)
    const failed = there.receive(take)
    here.send(pattern(10))
    await expect(failed).rejects.toThrow('no')
    await expect(here.receive(() => undefined)).rejects.toMatchObject({
      code: 'STREAM_RESET',
      details: { streamCode: STREAM_CODE.handlerFailed },
    })
  })

  it('tells everybody who waits that the session is gone', async () => {
    const [a, b] = await pair()
    const [there, here] = await streams(a, b)
    const received = there.receive(() => new Promise(() => undefined))
    // More than a window: the rest waits for good.
    for (let sent = 0; sent < 1.5 * MIB; sent += 256 * 1024) {
      here.send(pattern(256 * 1024))
      await turn()
    }
    const { drained } = here
    here.close()
    a.disconnect(b.id)
    await expect(drained).rejects.toMatchObject({ code: 'SESSION_LOST' })
    await expect(received).rejects.toMatchObject({ code: 'SESSION_LOST' })
  })

  it('gives up what waits when the stream is reset while it ends', async () => {
    const [a, b] = await pair()
    const [there, here] = await streams(a, b)
    const unread = there.readable.getReader()
    while (here.send(pattern(64 * 1024)));
    const { drained } = here
    here.close()
    here.reset(7)
    await expect(drained).rejects.toMatchObject({ code: 'STREAM_RESET' })
    await expect(
      (async () => {
        while (!(await unread.read()).done);
      })(),
    ).rejects.toMatchObject({ details: { streamCode: 7 } })
  })

  it('is used one way or the other', async () => {
    const [a, b] = await pair()
    const [there, here] = await streams(a, b)
    const writer = here.writable.getWriter()
    expect(() => here.send(pattern(1))).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error)
    writer.releaseLock()
    expect(here.send(pattern(1))).toBe(true)
    void there.receive(() => undefined)
    expect(() => there.readable).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error)
    expect(() => there.receive(() => undefined)).toThrowError(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as Error,
    )
  })
})
