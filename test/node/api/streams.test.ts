import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import type { HyphaeNode } from '../../../src/node/api/node.js'
import { type NodeStream, STREAM_CODE } from '../../../src/node/api/node-stream.js'
import { pattern } from '../../support/mux-pair.js'
import { closeNodesAfterEach, pair, start, until } from './support.js'

closeNodesAfterEach()

const MIB = 1024 * 1024

/** Bytes of buffers that are really held: what is only waiting to be collected is collected first. */
const heldBytes = (() => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return () => {
    // Twice: buffers are given back by a sweep in the background, whose end only the next collection waits for.
    collect()
    collect()
    return process.memoryUsage().arrayBuffers
  }
})()
const turn = () => new Promise(resolve => setImmediate(resolve))

/** A stream from b to a, both of its ends. */
async function streams(a: HyphaeNode, b: HyphaeNode, name = 's'): Promise<[NodeStream, NodeStream]> {
  const taken = new Promise<NodeStream>(resolve => {
    const unhandle = a.handleStream(name, stream => {
      unhandle()
      resolve(stream)
    })
  })
  const opened = await b.open(a.id, name)
  // A stream shows itself with its first frame.
  return [await taken, opened]
}

async function read(readable: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readable) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('streams', () => {
  it.each(['ws://127.0.0.1:0', 'tcp://127.0.0.1:0'])('[D23] carries bytes both ways over %s', async listen => {
    const a = await start({ listen: [listen] })
    const b = await start()
    await b.connect(a.addresses[0])
    a.handleStream('upper', async stream => {
      await stream.readable.pipeTo(stream.writable)
    })
    const stream = await b.open(a.id, 'upper', { priority: 2 })
    expect(stream).toMatchObject({ peer: a.id, name: 'upper', priority: 2 })
    const sent = pattern(3 * MIB)
    const echoed = read(stream.readable)
    const writer = stream.writable.getWriter()
    for (let at = 0; at < sent.length; at += 100_000) await writer.write(sent.subarray(at, at + 100_000))
    await writer.close()
    expect(Buffer.compare(await echoed, sent)).toBe(0)
    await stream.closed
  })

  it('[D23] a reader that does not read stops the writer at the window', async () => {
    const [a, b] = await pair({ streamWindowBytes: 65_536 })
    const [inbound, outbound] = await streams(a, b)
    const writer = outbound.writable.getWriter()
    let written = 0
    const writing = (async () => {
      for (let i = 0; i < 100; i++) {
        await writer.write(new Uint8Array(16_384))
        written++
      }
    })()
    for (let i = 0; i < 200; i++) await turn()
    expect(inbound.unreadBytes).toBe(65_536)
    expect(written).toBe(4)
    expect(writer.desiredSize).toBeLessThanOrEqual(65_536)
    const reading = read(inbound.readable)
    await writing
    await writer.close()
    expect((await reading).length).toBe(100 * 16_384)
  })

  it('[D23] 16 MiB through a slow reader keep the memory of both ends together under 1 MiB above the window', async () => {
    const windowBytes = 262_144
    const [a, b] = await pair({ streamWindowBytes: windowBytes })
    const [inbound, outbound] = await streams(a, b)
    const sent = pattern(65_536)
    const send = async (count: number) => {
      for (let i = 0; i < count; i++) await writer.write(sent)
    }
    const writer = outbound.writable.getWriter()
    const reader = inbound.readable.getReader()
    let received = 0
    const receive = async (bytes: number) => {
      for (const goal = received + bytes; received < goal;) {
        const { value } = await reader.read()
        if (value === undefined) return
        received += value.length
      }
    }
    const stall = async () => {
      for (let k = 0; k < 100; k++) await turn()
    }
    // The buffers that sessions make once and use again are there after the first MiB and its stall.
    const warming = send(16)
    await stall()
    await Promise.all([warming, receive(MIB)])
    await stall()
    const before = heldBytes()
    const sending = send(256).then(() => writer.close())
    let most = 0
    for (let i = 0; i < 16; i++) {
      // The reader stands still until all that can be under way is.
      await stall()
      most = Math.max(most, heldBytes() - before)
      expect(inbound.unreadBytes).toBeLessThanOrEqual(windowBytes)
      await receive(MIB)
    }
    await Promise.all([sending, receive(MIB)])
    expect(received).toBe(17 * MIB)
    expect(most).toBeLessThan(windowBytes + MIB)
  })

  it('[D23] a reader that cancels stops the writer with its code', async () => {
    const [a, b] = await pair()
    const [inbound, outbound] = await streams(a, b)
    const writer = outbound.writable.getWriter()
    await writer.write(Uint8Array.of(1))
    await inbound.readable.cancel(77)
    await expect(writer.closed).rejects.toMatchObject({ code: 'STREAM_RESET', details: { streamCode: 77 } })
    await expect(writer.write(Uint8Array.of(2))).rejects.toMatchObject({ code: 'STREAM_RESET' })
  })

  it('[D23] a writer that aborts fails the reader with its code; the other direction lives on', async () => {
    const [a, b] = await pair()
    const [inbound, outbound] = await streams(a, b)
    const reading = read(inbound.readable)
    await outbound.writable.abort({ streamCode: 9 })
    await expect(reading).rejects.toMatchObject({ code: 'STREAM_RESET', details: { streamCode: 9 } })
    const writer = inbound.writable.getWriter()
    const back = read(outbound.readable)
    await writer.write(Uint8Array.of(1, 2, 3))
    await writer.close()
    expect([...(await back)]).toEqual([1, 2, 3])
    await Promise.all([inbound.closed, outbound.closed])
  })

  it('[D23] each half ends by itself, and what came before the end is read after it', async () => {
    const [a, b] = await pair()
    const [inbound, outbound] = await streams(a, b)
    const writer = outbound.writable.getWriter()
    for (const byte of [1, 2, 3]) await writer.write(Uint8Array.of(byte))
    await writer.close()
    await until(() => inbound.unreadBytes === 3)
    expect([...(await read(inbound.readable))]).toEqual([1, 2, 3])
    await inbound.writable.close()
    expect((await read(outbound.readable)).length).toBe(0)
    await Promise.all([inbound.closed, outbound.closed])
    expect(a.peers()[0]?.streams).toBe(0)
  })

  it('takes Uint8Array chunks and nothing else', async () => {
    const [a, b] = await pair()
    const [, outbound] = await streams(a, b)
    const writer = outbound.writable.getWriter() as unknown as WritableStreamDefaultWriter<unknown>
    await expect(writer.write('text')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it('streams nobody takes are reset, and so are those whose taker fails', async () => {
    const [a, b] = await pair()
    const errors: string[] = []
    a.on('error', ({ kind, peer }) => errors.push(`${kind} ${peer}`))
    const nobody = await b.open(a.id, 'nobody')
    await expect(read(nobody.readable)).rejects.toMatchObject({ details: { streamCode: STREAM_CODE.noHandler } })
    a.handleStream('throws', () => {
      throw new Error('no')
    })
    a.handleStream('rejects', async () => {
      throw new Error('no')
    })
    for (const name of ['throws', 'rejects']) {
      const stream = await b.open(a.id, name)
      await expect(read(stream.readable)).rejects.toMatchObject({ details: { streamCode: STREAM_CODE.handlerFailed } })
    }
    expect(errors).toEqual([`handler ${b.id}`, `handler ${b.id}`])
    expect(() => a.handleStream('throws', () => undefined)).toThrow(/handler already/)
  })

  it('reset and close end both halves', async () => {
    const [a, b] = await pair()
    const [inbound, outbound] = await streams(a, b)
    outbound.reset(5)
    await expect(read(inbound.readable)).rejects.toMatchObject({ details: { streamCode: 5 } })
    await expect(read(outbound.readable)).rejects.toMatchObject({ code: 'STREAM_RESET' })
    expect(() => outbound.reset(-1)).toThrow(/code is -1/)
    const [second, opened] = await streams(a, b)
    second.close()
    expect((await read(opened.readable)).length).toBe(0)
    opened.close()
    await Promise.all([second.closed, opened.closed])
  })

  it('close while a write waits for the window sends that chunk to its end before the end', async () => {
    const [a, b] = await pair()
    const [taken, opened] = await streams(a, b)
    const chunk = pattern(3 * MIB, 1)
    const writing = opened.writable.getWriter().write(chunk)
    await until(() => taken.unreadBytes >= MIB)
    opened.close()
    expect(Buffer.compare(await read(taken.readable), chunk)).toBe(0)
    await writing
    taken.close()
    await Promise.all([opened.closed, taken.closed])
  })

  it('a write that waits behind close fails when the peer wants no more, and when the session ends', async () => {
    for (const end of [
      (taken: NodeStream) => taken.reset(7),
      (taken: NodeStream, a: HyphaeNode) => a.disconnect(taken.peer),
    ]) {
      const [a, b] = await pair()
      const [taken, opened] = await streams(a, b)
      const writing = opened.writable.getWriter().write(new Uint8Array(3 * MIB))
      await until(() => taken.unreadBytes >= MIB)
      opened.close()
      end(taken, a)
      await expect(writing).rejects.toMatchObject({
        code: expect.stringMatching(/STREAM_RESET|SESSION_LOST/) as string,
      })
      await opened.closed
    }
  })

  it('fail with SESSION_LOST when the session ends', async () => {
    const [a, b] = await pair()
    const [inbound, outbound] = await streams(a, b)
    const reading = read(inbound.readable)
    const closed = outbound.writable.getWriter().closed
    b.disconnect(a.id)
    await expect(reading).rejects.toMatchObject({ code: 'SESSION_LOST' })
    await expect(closed).rejects.toMatchObject({ code: 'SESSION_LOST' })
  })

  it('[E13] waits for a place past maxConcurrentStreams, or as long as its signal lets it', async () => {
    const [a, b] = await pair({ maxConcurrentStreams: 2 })
    const taken: NodeStream[] = []
    a.handleStream('s', stream => taken.push(stream))
    const first = await b.open(a.id, 's')
    await b.open(a.id, 's')
    let third: NodeStream | undefined
    const waiting = b.open(a.id, 's').then(stream => (third = stream))
    const impatient = b.open(a.id, 's', { signal: AbortSignal.timeout(30) })
    await expect(impatient).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(third).toBeUndefined()
    expect(b.peers()[0]?.streams).toBe(2)
    first.reset()
    await until(() => taken.length === 2)
    taken[0]?.close()
    await waiting
    expect(third).toBeDefined()
  })

  it('opens to a peer that is only known by address, and not to one that is not', async () => {
    const a = await start({ listen: ['tcp://127.0.0.1:0'] })
    const b = await start()
    a.handleStream('s', stream => stream.close())
    b.addAddress(a.id, a.addresses[0])
    const stream = await b.open(a.id, 's')
    expect((await read(stream.readable)).length).toBe(0)
    await expect(b.open(b.id, 's', { timeoutMs: 300 })).rejects.toMatchObject({ name: 'HyphaeError' })
    await expect(b.open('nobody', 's')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })
})
