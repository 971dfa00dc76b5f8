import type { StandardSchemaV1 } from '@standard-schema/spec'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { HyphaeError } from '../../../src/core/errors.js'
import { Balancer } from '../../../src/node/api/balancer.js'
import { client, type ClientNode } from '../../../src/node/api/client.js'
import type { Schema } from '../../../src/node/api/schema.js'
import { method, service } from '../../../src/node/api/service.js'
import { closeNodesAfterEach, meet, pair, start, until } from './support.js'

closeNodesAfterEach()

const shop = service({
  name: 'shop',
  methods: {
    stock: method({ in: v.object({ article: v.string() }), out: v.number() }, ({ article }) => article.length),
    wrong: method({ in: v.string(), out: v.number() }, () => 'no number' as never),
    double: method({ in: v.pipe(v.string(), v.transform(Number)), out: v.number() }, n => n * 2),
  },
})

describe('services', () => {
  it('answers typed calls', async () => {
    const [a, b] = await pair()
    a.serve(shop)
    const remote = client(b, shop, { peer: a.id })
    expect(await remote.stock({ article: 'apple' })).toBe(5)
    expect(await remote.double('21')).toBe(42)
    expectTypeOf(remote.stock).parameter(0).toEqualTypeOf<{ article: string }>()
    expectTypeOf(remote.stock).returns.toEqualTypeOf<Promise<number>>()
    expectTypeOf(remote.double).parameter(0).toEqualTypeOf<string>()
    expectTypeOf<StandardSchemaV1<string, number>>().toExtend<Schema<string, number>>()
  })

  it('refuses what does not fit: at the client before it is sent, at the server where the client did not look', async () => {
    const [a, b] = await pair()
    a.serve(shop)
    const remote = client(b, shop, { peer: a.id })
    const refused = remote.stock({ article: 7 } as never)
    await expect(refused).rejects.toMatchObject({ code: 'SCHEMA_INVALID', details: { what: 'shop.stock, input' } })
    await expect(refused).rejects.toMatchObject({ details: { issues: [{ path: ['article'] }] } })
    await expect(refused).rejects.toThrow(/shop\.stock, input at article: /)
    await expect(b.request(a.id, 'shop@1/stock', { article: 7 })).rejects.toMatchObject({ code: 'SCHEMA_INVALID' })
    await expect(remote.wrong('x')).rejects.toMatchObject({ code: 'SCHEMA_INVALID' })
    a.handle('shop@2/wrong', () => 'no number')
    const next = client(b, { ...shop, version: 2 }, { peer: a.id })
    await expect(next.wrong('x')).rejects.toMatchObject({ details: { what: 'shop.wrong, output' } })
  })

  it('versions do not meet, and a service is taken away as a whole', async () => {
    const [a, b] = await pair()
    const unserve = a.serve(shop)
    expect(() => a.serve(shop)).toThrow(/has a handler already/)
    await expect(client(b, { ...shop, version: 2 }, { peer: a.id }).stock({ article: '' })).rejects.toMatchObject({
      code: 'NO_HANDLER',
    })
    unserve()
    await expect(client(b, shop, { peer: a.id }).stock({ article: '' })).rejects.toMatchObject({ code: 'NO_HANDLER' })
    a.serve(shop)
  })

  it('refuses services that cannot be', async () => {
    const node = await start()
    const declared = service({ name: 'x', methods: { m: method({ in: v.string(), out: v.string() }) } })
    expect(() => node.serve(declared)).toThrow(/x\.m has no function/)
    expect(() => service({ name: '1x', methods: {} })).toThrow(HyphaeError)
    expect(() => service({ name: 'x', version: -1, methods: {} })).toThrow(HyphaeError)
    expect(() => service({ name: 'x', methods: { then: method({ in: v.string(), out: v.string() }) } })).toThrow(/then/)
    expect(() => client(node, shop, {})).toThrow(/either peer or peers/)
    await expect(client(node, shop, { peers: [] }).stock({ article: '' })).rejects.toMatchObject({ code: 'NO_ADDRESS' })
  })
})

describe('a client of several peers', () => {
  const id = service({ name: 'id', methods: { who: method({ in: v.number(), out: v.string() }) } })

  it('[C8][D54] spreads calls evenly, one after the other and at once', async () => {
    const [hub, ...servers] = await meet(5)
    const counts = new Map<string, number>()
    for (const server of servers) {
      counts.set(server.id, 0)
      server.handle('id@1/who', async () => {
        counts.set(server.id, (counts.get(server.id) ?? 0) + 1)
        return server.id
      })
    }
    const remote = client(hub, id, { peers: servers.map(server => server.id) })
    for (let i = 0; i < 40; i++) await remote.who(i)
    expect([...counts.values()]).toEqual([10, 10, 10, 10])
    await Promise.all(Array.from({ length: 400 }, (_, i) => remote.who(i)))
    expect([...counts.values()]).toEqual([110, 110, 110, 110])
  })

  it('[C8][D54] gives a busy peer fewer calls', async () => {
    const answers: { peer: string; resolve: (answer: unknown) => void }[] = []
    const node: ClientNode = {
      request: peer => new Promise(resolve => answers.push({ peer, resolve })),
      nowMs: () => 0,
    }
    const remote = client(node, id, { peers: ['slow', 'fast'] })
    const asked: Promise<string>[] = []
    for (let i = 0; i < 10; i++) {
      asked.push(remote.who(i))
      await until(() => answers.length === i + 1)
      const latest = answers[i]
      if (latest?.peer === 'fast') latest.resolve('fast')
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(answers.filter(({ peer }) => peer === 'slow')).toHaveLength(1)
    for (const { resolve } of answers) resolve('done')
    await Promise.all(asked)
  })

  it('[D55] goes on at the next peer when one is gone, within one deadline', async () => {
    const [hub, bad, good] = await meet(3)
    for (const server of [bad, good]) server.handle('id@1/who', () => server.id)
    const remote = client(hub, id, {
      peers: [bad.id, good.id],
      timeoutMs: 5000,
      attemptTimeoutMs: 200,
      idempotent: true,
    })
    expect(new Set([await remote.who(1), await remote.who(2)])).toEqual(new Set([bad.id, good.id]))
    await bad.close({ timeoutMs: 0 })
    await until(() => hub.diagnostics().connections === 1)
    for (let i = 0; i < 5; i++) expect(await remote.who(i)).toBe(good.id)
  })

  it('[D55] a peer without the service or over its limit is passed over, whatever the method does', async () => {
    const [hub, empty, full, good] = await meet(4)
    full.handle('id@1/who', () => {
      throw new HyphaeError('RATE_LIMITED', 'later')
    })
    good.handle('id@1/who', () => good.id)
    const remote = client(hub, id, { peers: [empty.id, full.id, good.id] })
    for (let i = 0; i < 5; i++) expect(await remote.who(i)).toBe(good.id)
  })

  it('[D55] repeats nowhere what may have run, unless it is idempotent, and ends at the deadline', async () => {
    let now = 0
    const asked: string[] = []
    const node: ClientNode = {
      nowMs: () => now,
      async request(peer, _name, _body, options) {
        asked.push(peer)
        now += options?.timeoutMs ?? 0
        throw new HyphaeError('TIMEOUT', 'late')
      },
    }
    const peers = ['a', 'b', 'c', 'd']
    await expect(client(node, id, { peers }).who(1)).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(asked).toEqual(['a'])
    asked.length = 0
    const patient = client(node, id, { peers, idempotent: true, timeoutMs: 250, attemptTimeoutMs: 100 })
    const before = now
    await expect(patient.who(1)).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(asked).toEqual(['a', 'b', 'c'])
    expect(now - before).toBe(250)
    const failing: ClientNode = {
      nowMs: () => 0,
      request: () => Promise.reject(new HyphaeError('HANDLER_FAILED', 'no')),
    }
    await expect(client(failing, id, { peers, idempotent: true }).who(1)).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
    })
  })

  it('[D55] a peer that failed rests, and is asked again afterwards', () => {
    const balancer = new Balancer(() => ['a', 'b'])
    const none = new Set<string>()
    const first = balancer.take(none, 0)
    balancer.give(first as string, 0)
    for (const nowMs of [1, 2, 4999]) {
      const peer = balancer.take(none, nowMs) as string
      expect(peer).toBe('b')
      balancer.give(peer, undefined)
    }
    expect(balancer.take(new Set(['b']), 10)).toBe('a')
    expect(balancer.inFlight('a')).toBe(1)
    balancer.give('a', undefined)
    expect(new Set([balancer.take(none, 5001), balancer.take(none, 5001)])).toEqual(new Set(['a', 'b']))
    expect(balancer.take(new Set(['a', 'b']), 5001)).toBeUndefined()
  })
})
