import { describe, expect, it } from 'vitest'
import { createSimulation, type FaultPlan, LINK_DEFAULTS, SeededRandom, World } from '../../src/sim/index.js'
import { heartbeats } from '../../bench/lib/heartbeats.mjs'

const text = (bytes: Uint8Array | undefined): string => String.fromCharCode(...(bytes ?? []))

describe('simulation', () => {
  it('runs production nodes: sessions, requests, messages, streams', () => {
    const sim = createSimulation({ seed: 42 })
    const [a, b] = sim.addNodes(2)
    b.handle('echo', request => request.body)
    b.handle('later', request => {
      sim.at(sim.nowMs + 500, () => request.respond(Uint8Array.of(7)))
      return undefined
    })
    b.handle('never', () => undefined)
    b.handle('no', request => void request.refuse({ code: 'RATE_LIMITED', text: 'not now' }))
    b.onMessage('slow', () => 300)
    b.onMessage('bad', () => ({ code: 'HANDLER_FAILED', text: 'broken' }))
    const connect = a.connect(b)
    const echo = a.request(b, 'echo', 'hello')
    const later = a.request(b, 'later')
    const never = a.request(b, 'never', '', { timeoutMs: 2000 })
    const no = a.request(b, 'no')
    const cancelled = a.request(b, 'never')
    const plain = a.send(b, 'note', 'read me', { qos: 0 })
    const slow = a.send(b, 'slow', 'x', { qos: 2, priority: 0 })
    const bad = a.send(b, 'bad', 'x', { qos: 2, priority: 2 })
    sim.run(1000)
    expect(connect).toMatchObject({ done: true, peer: b.id })
    a.cancel(cancelled)
    a.ping(b)
    sim.run(4000)
    expect(text(echo.body)).toBe('hello')
    expect(later.body).toEqual(Uint8Array.of(7))
    expect(later.doneAtMs! - later.sentAtMs).toBeGreaterThan(500)
    expect(never.failure?.code).toBe('TIMEOUT')
    expect(no.failure).toMatchObject({ code: 'RATE_LIMITED', text: 'not now' })
    expect(cancelled.failure?.code).toBe('ABORTED')
    expect(plain.history).toEqual(['queued', 'sent'])
    expect(slow.history).toEqual(['queued', 'sent', 'acknowledged'])
    expect(slow.doneAtMs! - slow.sentAtMs).toBeGreaterThan(300)
    expect(bad).toMatchObject({ status: 'failed', failure: { code: 'HANDLER_FAILED' } })
    expect(b.received.map(message => [message.name, text(message.body)])).toEqual([['note', 'read me']])
    expect(a.peer(b)!.rttMs).toBeCloseTo(40, 0)
    b.close()
    sim.run(1000)
    expect(a.isConnected(b)).toBe(false)
    expect(() => b.engine).toThrow(/down/)
  })

  it('streams hold the writer back while the reader stands still, and end, reset and stop', () => {
    const sim = createSimulation()
    const [a, b] = sim.addNodes(2)
    a.connect(b)
    sim.run(500)
    const bytes = new SeededRandom(1).fill(new Uint8Array(2_000_000))
    const out = a.openStream(b, 'file')!
    out.write(Uint8Array.of(1))
    sim.run(100)
    b.streams[0].read(false)
    out.write(bytes)
    sim.run(5000)
    expect(out.waitingBytes).toBeGreaterThan(500_000)
    b.streams[0].read(true)
    out.end()
    sim.run(5000)
    expect(out.waitingBytes).toBe(0)
    expect(b.streams[0].receivedBytes).toBe(2_000_001)
    expect(b.streams[0].ended).toBe(true)
    const second = a.openStream(b, 'other')!
    second.write(Uint8Array.of(1))
    second.reset(9)
    const third = a.openStream(b, 'third')!
    third.write(Uint8Array.of(1))
    sim.run(500)
    b.streams.find(stream => stream.name === 'third')!.stop(4)
    sim.run(500)
    expect(b.streams.find(stream => stream.name === 'other')?.resetCode).toBe(9)
    expect(third.stopCode).toBe(4)
  })

  it('gives equal traces for equal seeds, whatever ran before, and others for other seeds', () => {
    const story = (seed: number): string => {
      const link = { jitterMs: 30, loss: 0.02, cut: 0.01, fragment: 0.2 }
      return heartbeats(createSimulation, { nodes: 12, degree: 4, seconds: 5, seed, link }).traceHash
    }
    const first = story(5)
    expect(story(6)).not.toBe(first)
    expect(story(5)).toBe(first)
  })

  it('lets a hundred nodes of degree eight exchange heartbeats for ten seconds, every one delivered', () => {
    const result = heartbeats(createSimulation, { nodes: 100, degree: 8, seconds: 10 })
    expect(result).toMatchObject({ pairs: 400, sessions: 400, heartbeats: 8000, delivered: 8000 })
  })

  it('follows a plan of faults given as plain data', () => {
    const sim = createSimulation({ keepEvents: 20 })
    const [a, b] = sim.addNodes(2)
    const plan: FaultPlan = [
      { afterMs: 100, fault: 'link', between: ['n0', 'n1'], set: { latencyMs: 70 } },
      { afterMs: 200, fault: 'skew', node: 'n1', byMs: 1234 },
      { afterMs: 2000, fault: 'cut', between: ['n0', 'n1'] },
      { afterMs: 4000, fault: 'block', from: 'n1', to: 'n0' },
      { afterMs: 5000, fault: 'heal' },
      { afterMs: 6000, fault: 'partition', groups: [['n0'], ['n1']] },
      { afterMs: 7000, fault: 'heal' },
      { afterMs: 8000, fault: 'crash', node: 'n1' },
      { afterMs: 9000, fault: 'restart', node: 'n1', keepStore: false },
      { afterMs: 9500, fault: 'links', set: { latencyMs: 5 } },
    ]
    sim.plan(JSON.parse(JSON.stringify(plan)) as FaultPlan)
    a.keep(b)
    sim.run(3500)
    expect(a.sink.counts.carrierChanges).toBeGreaterThan(0)
    expect(b.clock.now().wallMs - a.clock.now().wallMs).toBe(1234)
    sim.run(5000)
    expect(b.up).toBe(false)
    expect(sim.runUntil(() => b.up && b.isConnected(a), 60_000)).toBe(true)
    expect(sim.lastEvents()).toHaveLength(20)
    expect(() => sim.plan([{ afterMs: 1, fault: 'crash', node: 'nobody' }])).toThrow('there is no node nobody')
    expect(() => sim.addNode('n0')).toThrow('there is a node n0 already')
    expect(LINK_DEFAULTS.latencyMs).toBe(20)
  })

  it('a clock that is wrong by more than ninety seconds keeps a node out, with a reason', () => {
    const sim = createSimulation()
    const [a, b] = sim.addNodes(2)
    a.clock.skewMs = 200_000
    const record = a.connect(b, 10_000)
    sim.run(20_000)
    expect(record).toMatchObject({ done: true, failure: { code: 'CLOCK_SKEW' } })
  })

  it('a crash loses what was not yet on the disk, and nothing that was', () => {
    const sim = createSimulation()
    const a = sim.addNode('a')
    const b = sim.addNode('b', { diskMs: 200 })
    let runs = 0
    b.onMessage('count', () => {
      runs++
      return undefined
    })
    a.keep(b)
    sim.run(1000)
    const first = a.send(b, 'count', '', { qos: 2 })
    sim.run(100)
    expect(first.status).toBe('sent')
    expect(runs).toBe(1)
    b.crash()
    expect(b.disk.lostSaves).toBe(1)
    sim.run(200)
    b.restart()
    sim.run(60_000)
    expect(first.status).toBe('acknowledged')
    // The save was lost with the crash: the handler ran for a restarted node again. What was saved is not run again.
    expect(runs).toBe(2)
    b.crash()
    b.restart()
    sim.run(60_000)
    expect(runs).toBe(2)
  })
})

describe('programs with promises', () => {
  it('run under virtual time: nodes of createNode on simulated links', async () => {
    const sim = createSimulation({ link: { latencyMs: 100 } })
    const shop = await sim.wait(sim.createNode('shop', { listen: ['sim://shop'] }))
    const buyer = await sim.wait(sim.createNode('buyer'))
    shop.handle('double', (body: unknown) => (body as number) * 2)
    const before = sim.nowMs
    const peer = await sim.wait(buyer.connect('sim://shop'))
    const answer = await sim.wait(buyer.request(peer, 'double', 21))
    expect(answer).toBe(42)
    expect(sim.nowMs - before).toBeGreaterThanOrEqual(800)
    await sim.wait(Promise.all([buyer.close(), shop.close()]))
  })

  it('wait answers as the promise does, and gives up in time', async () => {
    const world = new World()
    const late = new Promise<string>(resolve => world.at(5000, () => resolve('late')))
    expect(await world.wait(late)).toBe('late')
    expect(world.nowMs).toBe(5000)
    await expect(world.wait(Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(world.wait(new Promise(() => undefined), 1000)).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(world.nowMs).toBe(6000)
    let ticks = 0
    const end = world.every(100, () => ticks++)
    await world.settle(1000)
    end()
    world.run(1000)
    expect(ticks).toBe(10)
  })

  it('a world that goes round in circles is stopped with a word about it', () => {
    const world = new World({ keepEvents: 5 })
    const again = (): void => world.defer(again)
    again()
    expect(() => world.run(1)).toThrow(/goes round in circles/)
  })
})
