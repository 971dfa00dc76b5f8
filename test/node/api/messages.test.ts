import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HyphaeError, isHyphaeError } from '../../../src/core/errors.js'
import type { MessageContext } from '../../../src/node/api/message-context.js'
import { closeNodesAfterEach, meet, next, pair, start, until } from './support.js'

closeNodesAfterEach()

const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(() => {
  process.off('unhandledRejection', note)
})

const turn = () => new Promise(resolve => setImmediate(resolve))

async function codeOf(promise: PromiseLike<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (isHyphaeError(error)) return error.code
    throw error
  }
  return 'none'
}

describe('requests', () => {
  it('[D21] each answer reaches its own question, whatever the order of the answers', async () => {
    const [a, b] = await pair()
    const waiting: (() => void)[] = []
    a.handle('late', body => new Promise(resolve => waiting.push(() => resolve({ got: body }))))
    const asked = Array.from({ length: 50 }, (_, i) => b.request(a.id, 'late', i))
    await until(() => waiting.length === 50)
    for (const answer of waiting.reverse()) answer()
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 50 }, (_, i) => ({ got: i })))
  })

  it('[D21] times out on both sides, and a late answer is ignored', async () => {
    const [a, b] = await pair()
    let context: MessageContext | undefined
    let answer: (value: string) => void = () => undefined
    a.handle('slow', (_body, given) => {
      context = given
      return new Promise<string>(resolve => (answer = resolve))
    })
    const asked = b.request(a.id, 'slow', undefined, { timeoutMs: 60 })
    await until(() => context !== undefined)
    const told = new Promise(resolve => context?.signal.addEventListener('abort', resolve))
    await expect(asked).rejects.toMatchObject({ code: 'TIMEOUT', retryable: true })
    await told
    answer('too late')
    a.handle('echo', body => body)
    expect(await b.request(a.id, 'echo', 'still fine')).toBe('still fine')
  })

  it('a signal gives a request up on both sides', async () => {
    const [a, b] = await pair()
    let signal: AbortSignal | undefined
    a.handle('slow', (_body, context) => {
      signal = context.signal
      return new Promise(() => undefined)
    })
    const controller = new AbortController()
    const asked = b.request(a.id, 'slow', 1, { signal: controller.signal })
    await until(() => signal !== undefined)
    controller.abort()
    expect(await codeOf(asked)).toBe('ABORTED')
    await until(() => signal?.aborted === true)
    expect(await codeOf(b.request(a.id, 'slow', 1, { signal: AbortSignal.abort() }))).toBe('ABORTED')
    expect(await codeOf(b.request(a.id, 'slow', 1, { signal: AbortSignal.timeout(20) }))).toBe('TIMEOUT')
  })

  it('tells the code of hyphae errors, and of others that the handler failed and no more', async () => {
    const [a, b] = await pair()
    const errors: string[] = []
    a.on('error', ({ kind, error }) => errors.push(`${kind} ${error.message}`))
    a.handle('ours', () => {
      throw new HyphaeError('LIMIT_EXCEEDED', 'three a day')
    })
    a.handle('theirs', async () => {
      throw new Error('password is hunter2')
    })
    a.handle('bad answer', () => () => undefined)
    await expect(b.request(a.id, 'ours')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED', message: 'three a day' })
    await expect(b.request(a.id, 'theirs')).rejects.toMatchObject({ code: 'HANDLER_FAILED' })
    await expect(b.request(a.id, 'theirs')).rejects.not.toThrow(/hunter2/)
    expect(await codeOf(b.request(a.id, 'bad answer'))).toBe('INVALID_ARGUMENT')
    expect(await codeOf(b.request(a.id, 'nobody'))).toBe('NO_HANDLER')
    expect(errors.some(text => text.startsWith('handler ') && text.includes('hunter2'))).toBe(true)
  })

  it('carries everything msgpack can hold, nothing at all, and bytes', async () => {
    const [a, b] = await pair()
    a.handle('echo', body => body)
    const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i & 255)
    const bodies = [undefined, null, true, -1, 2n ** 60n, 'ü', [1, [2]], { a: { b: 1 } }, '', {}]
    for (const body of bodies) expect(await b.request(a.id, 'echo', body)).toEqual(body)
    for (const length of [0, 1, 255, 256, 65_535, 65_536, 300_000]) {
      const answer = (await b.request(a.id, 'echo', bytes(length))) as Uint8Array
      expect(Buffer.compare(answer, bytes(length)), `${length} bytes`).toBe(0)
    }
  })

  it('refuses at the call what cannot be sent', async () => {
    const [a, b] = await pair({ maxMessageBytes: 2048 })
    expect(await codeOf(b.request(a.id, 'x', Symbol('s')))).toBe('INVALID_ARGUMENT')
    expect(await codeOf(b.request('me', 'x'))).toBe('INVALID_ARGUMENT')
    expect(await codeOf(b.request(a.id, ''))).toBe('INVALID_ARGUMENT')
    expect(await codeOf(b.request(a.id, 'x', new Uint8Array(3000)))).toBe('MESSAGE_TOO_LARGE')
    expect(() => b.send(a.id, 'x', new Uint8Array(3000))).toThrow(HyphaeError)
    expect(() => b.send(a.id, 'x', { f: () => 1 })).toThrow(HyphaeError)
    expect(await codeOf(b.request(a.id, 'x', 1, { timeoutMs: 0 }))).toBe('INVALID_ARGUMENT')
  })

  it('a request waits for a peer nobody has an address of, as long as it may', async () => {
    const a = await start()
    const lonely = await start({ listen: ['tcp://127.0.0.1:0'] })
    expect(await codeOf(lonely.request(a.id, 'x', 1, { timeoutMs: 50 }))).toBe('TIMEOUT')
    a.handle('x', () => 'came by')
    const waiting = lonely.request(a.id, 'x', 1, { timeoutMs: 5000 })
    await a.connect(lonely.addresses[0])
    expect(await waiting).toBe('came by')
  })
})

describe('messages', () => {
  it('tells every status once and in order, for each qos', async () => {
    const [a, b] = await pair()
    a.handle('m', () => undefined)
    const told: Record<number, string[]> = {}
    for (const qos of [0, 1, 2] as const) {
      const message = b.send(a.id, 'm', qos, { qos })
      told[qos] = []
      for await (const status of message) told[qos]?.push(status)
      expect(message.isFinal).toBe(true)
      expect(await message).toBe(message.status)
    }
    expect(told).toEqual({
      0: ['queued', 'sent'],
      1: ['queued', 'sent', 'acknowledged'],
      2: ['queued', 'sent', 'acknowledged'],
    })
    expect(unhandled).toEqual([])
  })

  it('promises can be asked for at any time, also when all is over', async () => {
    const [a, b] = await pair()
    a.handle('m', () => undefined)
    const message = b.send(a.id, 'm', 1, { qos: 2 })
    expect(await message.sent).toBe('sent')
    expect(await message.acknowledged).toBe('acknowledged')
    expect(await message.sent).toBe('sent')
    expect(message.error).toBeUndefined()
  })

  it('a failed handler fails a qos-2 message, and nobody has to look', async () => {
    const [a, b] = await pair()
    a.handle('m', () => {
      throw new Error('no')
    })
    const ignored = b.send(a.id, 'm', 1, { qos: 2 })
    await until(() => ignored.isFinal)
    expect(ignored.status).toBe('failed')
    expect(ignored.error).toMatchObject({ code: 'HANDLER_FAILED' })
    const statuses: string[] = []
    for await (const status of ignored) statuses.push(status)
    expect(statuses).toEqual(['queued', 'sent', 'failed'])
    expect(await codeOf(ignored)).toBe('HANDLER_FAILED')
    expect(await ignored.sent).toBe('sent')
    void ignored.acknowledged
    await turn()
    await turn()
    expect(unhandled).toEqual([])
  })

  it('fails with EXPIRED after its lifetime, with ABORTED by its signal, with NO_HANDLER where nobody listens', async () => {
    const [a, b] = await pair()
    a.handle('stuck', () => new Promise(() => undefined))
    expect(await codeOf(b.send(a.id, 'nobody', 1, { qos: 2 }))).toBe('NO_HANDLER')
    expect(await codeOf(b.send(a.id, 'stuck', 1, { qos: 2, lifetimeMs: 50 }))).toBe('EXPIRED')
    const controller = new AbortController()
    const message = b.send(a.id, 'stuck', 2, { qos: 2, signal: controller.signal })
    controller.abort()
    expect(await codeOf(message)).toBe('ABORTED')
    expect(await codeOf(b.send(a.id, 'stuck', 2, { signal: AbortSignal.abort() }))).toBe('ABORTED')
  })

  it('come to the handler one after the other, in the order they were sent', async () => {
    const [a, b] = await pair()
    const seen: number[] = []
    let busy = 0
    a.handle('m', async body => {
      expect(++busy).toBe(1)
      await turn()
      seen.push(body as number)
      busy--
    })
    const all = Array.from({ length: 200 }, (_, i) => b.send(a.id, 'm', i, { qos: 2 }))
    await Promise.all(all)
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })

  it('context names the peer, the name, the qos and a number', async () => {
    const [a, b] = await pair()
    const contexts: MessageContext[] = []
    a.handle('m', (_body, context) => contexts.push(context))
    await b.send(a.id, 'm', 1, { qos: 2, priority: 0 })
    await b.request(a.id, 'm', 1)
    expect(contexts[0]).toMatchObject({ kind: 'message', peer: b.id, name: 'm', qos: 2, priority: 0 })
    expect(contexts[1]).toMatchObject({ kind: 'request', peer: b.id, name: 'm', qos: undefined })
    expect(contexts[0]?.signal.aborted).toBe(false)
  })

  it('handlers can be taken away, and one name has one', async () => {
    const [a, b] = await pair()
    const unhandle = a.handle('m', () => 1)
    expect(() => a.handle('m', () => 2)).toThrow(/has a handler already/)
    expect(() => a.handle('', () => 2)).toThrow(HyphaeError)
    expect(() => a.handle('hyphae/x', () => 2)).toThrow(/the node's own/)
    expect(() => a.handle('y', 1 as never)).toThrow(/not a function/)
    expect(await b.request(a.id, 'm')).toBe(1)
    unhandle()
    a.handle('m', () => 2)
    unhandle()
    expect(await b.request(a.id, 'm')).toBe(2)
  })

  it('wait for a peer that is not connected yet, and fail when the node closes', async () => {
    const [a, b] = await pair()
    const c = await start()
    const waiting = c.send(a.id, 'm', 1, { qos: 1 })
    expect(waiting.status).toBe('queued')
    await c.close({ timeoutMs: 0 })
    expect(await codeOf(waiting)).toMatch(/CLOSED|NO_ADDRESS|PEER_UNREACHABLE/)
    expect(() => c.send(b.id, 'm')).toThrow(/closed/)
    expect(unhandled).toEqual([])
  })
})

describe('broadcast', () => {
  it('[C25][D24] reaches every connected peer and nobody twice', async () => {
    const [hub, ...others] = await meet(6)
    const got = new Map<string, unknown[]>()
    for (const node of others) {
      got.set(node.id, [])
      node.handle('tick', body => got.get(node.id)?.push(body))
    }
    const result = await hub.broadcast('tick', { at: 1 }, { qos: 2 })
    expect(result).toMatchObject({ reached: 5, failed: 0 })
    expect(result.outcomes.map(outcome => outcome.peer).sort()).toEqual(others.map(node => node.id).sort())
    expect([...got.values()]).toEqual(others.map(() => [{ at: 1 }]))
  })

  it('[C25] says for each peer how it fared, and one that fails holds up nobody', async () => {
    const [hub, good, bad] = await meet(3)
    good.handle('tick', () => undefined)
    bad.handle('tick', () => {
      throw new Error('no')
    })
    const { outcomes, reached, failed } = await hub.broadcast('tick', 1, { qos: 2 })
    expect({ reached, failed }).toEqual({ reached: 1, failed: 1 })
    expect(outcomes.find(outcome => outcome.peer === good.id)).toMatchObject({ status: 'acknowledged' })
    expect(outcomes.find(outcome => outcome.peer === bad.id)).toMatchObject({
      status: 'failed',
      error: { code: 'HANDLER_FAILED' },
    })
    const lonely = await start()
    expect(await lonely.broadcast('tick')).toEqual({ outcomes: [], reached: 0, failed: 0 })
    expect(await codeOf(lonely.broadcast('tick', Symbol('s')))).toBe('INVALID_ARGUMENT')
  })
})

describe("the seed's network manager", () => {
  it('[C33] new, start, broadcast, receive', async () => {
    const received: unknown[] = []
    const leader = await start({ listen: ['tcp://127.0.0.1:0'] })
    const validators = [await start({ bootstrap: leader.addresses }), await start({ bootstrap: leader.addresses })]
    const loops = validators.map(async validator => {
      for await (const event of validator.events()) {
        if (event.type !== 'message') continue
        received.push([validator.id, event.peer, event.name, event.body])
        return
      }
    })
    await until(() => leader.diagnostics().connections === 2)
    const proposal = { view: 7, block: Uint8Array.of(1, 2, 3) }
    expect(await leader.broadcast('proposal', proposal)).toMatchObject({ reached: 2, failed: 0 })
    await Promise.all(loops)
    expect(received).toHaveLength(2)
    for (const validator of validators) expect(received).toContainEqual([validator.id, leader.id, 'proposal', proposal])
  })
})

describe('closing', () => {
  it('lets requests and messages under way end', async () => {
    const [a, b] = await pair()
    let answer: (value: string) => void = () => undefined
    a.handle('slow', () => new Promise<string>(resolve => (answer = resolve)))
    a.handle('m', async () => turn())
    const asked = b.request(a.id, 'slow')
    const sent = b.send(a.id, 'm', 1, { qos: 2 })
    const closed = b.close({ timeoutMs: 5000 })
    await turn()
    setTimeout(() => answer('in time'), 20)
    expect(await asked).toBe('in time')
    expect(await sent).toBe('acknowledged')
    const gone = next(a, 'peer:disconnect')
    await closed
    expect(await gone).toMatchObject({ peer: b.id, reason: { code: 'CLOSED' } })
  })

  it('ends what takes too long with CLOSED and tells handlers', async () => {
    const [a, b] = await pair()
    let signal: AbortSignal | undefined
    a.handle('never', (_body, context) => {
      signal = context.signal
      return new Promise(() => undefined)
    })
    const asked = b.request(a.id, 'never')
    await until(() => signal !== undefined)
    const outcome = codeOf(asked)
    await a.close({ timeoutMs: 30 })
    expect(signal?.aborted).toBe(true)
    await b.close({ timeoutMs: 30 })
    expect(['CLOSED', 'SESSION_LOST', 'PEER_UNREACHABLE']).toContain(await outcome)
  })

  it('works with await using', async () => {
    const node = await start()
    const dispose = (node as unknown as Record<symbol, () => Promise<void>>)[Symbol.asyncDispose]
    await dispose?.call(node)
    await expect(node.request(node.id, 'x')).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
