import { describe, expect, it } from 'vitest'
import { EventQueue } from '../../../src/node/api/event-queue.js'
import type { NodeEvent } from '../../../src/node/api/events.js'
import { closeNodesAfterEach, meet, next, pair, until } from './support.js'

closeNodesAfterEach()

const message = (body: number) => ({ type: 'message', body }) as unknown as NodeEvent

describe('events', () => {
  it('[E5] neither loses nor doubles an event, for listeners and iterators alike', async () => {
    const [a, b] = await pair()
    const heard: unknown[] = []
    a.on('message', event => heard.push(event.body))
    const iterated: unknown[] = []
    const loop = (async () => {
      for await (const event of a.events()) {
        if (event.type === 'message') iterated.push(event.body)
        if (iterated.length === 500) return
      }
    })()
    const numbers = Array.from({ length: 500 }, (_, i) => i)
    for (const i of numbers) b.send(a.id, 'n', i, { qos: 2 })
    await loop
    expect(iterated).toEqual(numbers)
    expect(heard).toEqual(numbers)
  })

  it('[E5] every connection and disconnection is told once on both sides', async () => {
    const [hub, b, c] = await meet(3)
    const seen: string[] = []
    hub.on('peer:connect', ({ peer }) => seen.push(`+${peer}`))
    hub.on('peer:disconnect', ({ peer }) => seen.push(`-${peer}`))
    for (const node of [b, c]) {
      const gone = next(hub, 'peer:disconnect')
      node.disconnect(hub.id)
      await gone
      const back = next(hub, 'peer:connect')
      await node.connect(hub.addresses[0])
      await back
    }
    expect(seen).toEqual([`-${b.id}`, `+${b.id}`, `-${c.id}`, `+${c.id}`])
  })

  it('[E5] a listener that throws costs no other listener the event, and is told itself', async () => {
    const [a, b] = await pair()
    const heard: string[] = []
    const errors: string[] = []
    a.on('error', ({ kind, error }) => errors.push(`${kind}: ${error.message}`))
    a.on('message', () => {
      throw new Error('broken')
    })
    a.on('message', ({ name }) => heard.push(name))
    a.on('error', () => {
      throw new Error('broken too')
    })
    await b.send(a.id, 'm', 1, { qos: 2 })
    expect(heard).toEqual(['m'])
    expect(errors).toEqual(['listener: a listener of message threw: broken'])
  })

  it('[E5] once means once, and off means off', async () => {
    const [a, b] = await pair()
    const heard: string[] = []
    const listener = () => heard.push('on')
    a.once('message', () => heard.push('once')).on('message', listener)
    await b.send(a.id, 'm', 1, { qos: 2 })
    await b.send(a.id, 'm', 2, { qos: 2 })
    a.off('message', listener)
    a.handle('m', () => undefined)
    await b.send(a.id, 'm', 3, { qos: 2 })
    expect(heard).toEqual(['once', 'on', 'on'])
  })

  it('iterations end when they are left and when the node closes', async () => {
    const [a, b] = await pair()
    const left = a.events()
    const waiting = left.next()
    await left.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await b.send(a.id, 'm', 1).sent
    const open = a.events()
    const end = (async () => {
      const types: string[] = []
      for await (const event of open) types.push(event.type)
      return types
    })()
    await a.close({ timeoutMs: 0 })
    expect((await end).filter(type => type === 'peer:disconnect')).toHaveLength(1)
    await until(() => b.diagnostics().connections === 0)
  })
})

describe('event queue', () => {
  it('[E5] holds exactly its bound; one past it the oldest is replaced by a count', async () => {
    const queue = new EventQueue(3, () => undefined)
    for (const i of [1, 2, 3]) queue.push(message(i))
    expect(await queue.next()).toMatchObject({ value: { body: 1 } })
    for (const i of [4, 5, 6]) queue.push(message(i))
    const got = [await queue.next(), await queue.next(), await queue.next(), await queue.next()]
    expect(got.map(({ value }) => value as unknown)).toEqual([
      { type: 'missed', count: 2 },
      message(4),
      message(5),
      message(6),
    ])
  })

  it('[E5] keeps order over thousands of events and interleaved reads', async () => {
    const queue = new EventQueue(5000, () => undefined)
    const got: number[] = []
    for (let i = 0; i < 9000; i++) {
      queue.push(message(i))
      if (i % 3 !== 0) got.push(((await queue.next()).value as { body: number }).body)
    }
    while (got.length < 9000) got.push(((await queue.next()).value as { body: number }).body)
    expect(got).toEqual(Array.from({ length: 9000 }, (_, i) => i))
  })

  it('hands out what came before its end, to readers in their order', async () => {
    let ended = 0
    const queue = new EventQueue(10, () => ended++)
    const early = [queue.next(), queue.next()]
    queue.push(message(1))
    queue.push(message(2))
    expect((await Promise.all(early)).map(({ value }) => (value as { body: number }).body)).toEqual([1, 2])
    queue.push(message(3))
    queue.end()
    queue.end()
    queue.push(message(4))
    expect((await queue.next()).value).toEqual(message(3))
    expect((await queue.next()).done).toBe(true)
    expect(ended).toBe(1)
  })
})
