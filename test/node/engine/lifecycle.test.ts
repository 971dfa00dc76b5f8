import { describe, expect, it, vi } from 'vitest'
import { utf8 } from '../../../src/core/text.js'
import { EngineNet, type TestNode } from '../../support/engine-net.js'

const BYE = { code: 'CLOSED', text: 'bye' } as const

function pair(): { net: EngineNet; a: TestNode; b: TestNode } {
  const net = new EngineNet()
  return { net, a: net.node('a'), b: net.node('b') }
}

const connected = (): { net: EngineNet; a: TestNode; b: TestNode } => {
  const all = pair()
  all.a.connect(all.b)
  all.net.run(100)
  return all
}

describe('drain and close', () => {
  it('[C25] a drain waits for what is under way, refuses what is new, and ends once', () => {
    const { net, a, b } = connected()
    const c = net.node('c')
    const asked = b.request(a, 'never', utf8('x'), 60_000)
    net.run(20)
    const asking = a.lastRequest
    a.engine.keep(c.id, true)
    a.turn(() => a.engine.drain(5000, net.time))
    net.run(1000)
    expect(a.log).not.toContain('drained')
    expect(() => a.send(c, 'n', utf8('x'), 1)).toThrow(/closing/)
    expect(() => a.engine.openStream(b.id, 's', 1, net.time)).toThrow(/closing/)
    const dial = a.connect(c)
    expect(a.connects.at(-1)).toMatchObject({ token: dial, failure: { code: 'CLOSED' } })
    const late = b.request(a, 'echo', utf8('x'))
    c.connect(a)
    net.run(100)
    expect(b.responses).toMatchObject([{ token: late, failure: { code: 'CLOSED' } }])
    // A lost carrier is brought back although the node drains.
    for (const pipe of [...a.pipes.values()]) net.cut(pipe)
    net.run(500)
    const token = asking
    a.turn(() => a.engine.respond(b.id, token, utf8('done'), net.time))
    net.run(200)
    expect(b.responses.at(-1)).toMatchObject({ token: asked, body: utf8('done') })
    expect(a.log.filter(line => line === 'drained').length).toBe(1)
    net.run(10_000)
    expect(a.log.filter(line => line === 'drained').length).toBe(1)
    expect(a.log.filter(line => line.startsWith('disconnect'))).toEqual([])
  })

  it('[C25] a drain gives up when its time is over, and never keeps a host busy', () => {
    const { net, a, b } = connected()
    const gone = net.node('gone')
    gone.crash()
    a.engine.addAddress(gone.id, gone.address)
    a.engine.keep(gone.id, true)
    b.request(a, 'never', utf8('x'), 60_000)
    net.run(20)
    a.turn(() => a.engine.drain(3000, net.time))
    const dialled = vi.spyOn(a, 'dial')
    // EngineNet.run refuses to go on where a deadline stays due.
    net.run(2900)
    expect(a.log).not.toContain('drained')
    net.run(200)
    expect(a.log).toContain('drained')
    expect(dialled).not.toHaveBeenCalled()
  })

  it('close tells everybody once, early requests, dials and unconfirmed sessions included', () => {
    const { net, a, b } = connected()
    const c = net.node('c')
    a.turn(() => a.engine.disconnect(b.id, BYE, net.time))
    net.run(50)
    c.connect(a)
    net.run(20)
    c.request(a, 'never', utf8('x'))
    const dial = a.connect(net.node('d'))
    const early = a.turn(() =>
      a.engine.request(b.id, 'echo', utf8('x'), { priority: 1, timeoutMs: 9000, idempotent: true }, net.time),
    )
    expect(early).toBeLessThan(0)
    const sent = a.send(b, 'n', utf8('x'), 1)
    a.turn(() => a.engine.close(net.time))
    a.turn(() => a.engine.close(net.time))
    expect(a.connects.filter(one => one.token === dial)).toMatchObject([{ failure: { code: 'CLOSED' } }])
    expect(a.responses.filter(one => one.token === early)).toMatchObject([{ failure: { code: 'CLOSED' } }])
    expect(a.statuses.filter(one => one.token === sent).map(one => one.status)).toEqual(['queued', 'failed'])
    net.run(100)
    expect(c.log.filter(line => line === 'disconnect CLOSED').length).toBe(1)
    expect(() => a.send(b, 'n', utf8('x'), 1)).toThrow(/closing/)
    expect(a.engine.nextDeadline()).toBeUndefined()
    const { peers, inboxes, ...rest } = a.engine.sizes
    expect(peers + inboxes).toBeGreaterThan(0)
    expect(Object.entries(rest).filter(([, size]) => size !== 0)).toEqual([])
  })
})

describe('disconnect', () => {
  it('[C21] ends the dial under way, and what waits is no reason to come back before it is wanted', () => {
    const { net, a, b } = connected()
    a.engine.keep(b.id, true)
    for (const pipe of [...a.pipes.values()]) net.cut(pipe)
    a.turn(() => {
      a.engine.send(b.id, 'n', utf8('x'), { qos: 1, priority: 1 }, net.time)
      a.engine.disconnect(b.id, BYE, net.time)
    })
    net.run(30_000)
    expect(a.log.filter(line => line.startsWith('connect')).length).toBe(1)
    expect(b.messages).toEqual([])
    a.send(b, 'n', utf8('y'), 1)
    net.run(100)
    expect(b.messages.map(message => message.body)).toEqual([utf8('x'), utf8('y')])
    a.turn(() => a.engine.disconnect(b.id, BYE, net.time))
    net.run(100)
    const dial = a.connect(b)
    a.turn(() => a.engine.disconnect(b.id, BYE, net.time))
    expect(a.connects.at(-1)).toMatchObject({ token: dial, failure: { code: 'CLOSED' } })
    net.run(1000)
    expect(a.engine.sizes.links).toBe(0)
  })

  it('does not come back for the sake of its own introduction', () => {
    const { net, a, b } = pair()
    a.connect(b)
    net.run(7)
    expect(a.log).toContain('connect outbound full')
    b.turn(() => b.engine.disconnect(a.id, BYE, net.time))
    net.run(30_000)
    expect(a.connected.length).toBe(1)
  })

  it('a cancelled connect ends the dial that nobody else wants', () => {
    const { net, a, b } = pair()
    net.latency = () => 1000
    const first = a.connect(b)
    const second = a.connect(b)
    net.run(500)
    a.turn(() => a.engine.cancelConnect(first, net.time))
    expect(a.engine.sizes.links).toBe(1)
    a.turn(() => a.engine.cancelConnect(second, net.time))
    expect(a.engine.sizes.links).toBe(0)
    net.run(20_000)
    expect(a.connects).toEqual([])
    expect(a.connected).toEqual([])
  })
})

describe('moves', () => {
  it('[C7] a move to a place that does not answer fails, and the session stays where it was', () => {
    const { net, a, b } = connected()
    const c = net.node('c')
    for (const address of ['test://nowhere', c.address]) {
      const token = a.turn(() => a.engine.migrate(b.id, address, net.time))
      net.run(40_000)
      expect(a.connects.at(-1)).toMatchObject({ token })
      expect(a.connects.at(-1)?.failure).toBeDefined()
    }
    // A hint that nobody signed does not end a session that works.
    expect(a.log.filter(line => /^(dis)?connect/.test(line)).length).toBe(1)
    expect(a.engine.peers()[0]?.address).toBe(b.address)
    const other = net.nodes.get(b.address) as TestNode
    net.nodes.set('test://elsewhere', other)
    const token = a.turn(() => a.engine.migrate(b.id, 'test://elsewhere', net.time))
    net.run(100)
    expect(a.connects.at(-1)).toEqual({ token, peer: b.id, failure: undefined })
    expect(a.engine.peers()[0]?.address).toBe('test://elsewhere')
  })

  it('connect() while the session has no carrier is answered, whoever dialled it and however it goes on', () => {
    for (const dialler of ['a', 'b']) {
      for (const restarted of [false, true]) {
        const { net, a, b } = pair()
        if (dialler === 'a') a.connect(b)
        else b.connect(a)
        a.engine.addAddress(b.id, b.address)
        net.run(100)
        if (restarted) b.crash()
        else for (const pipe of [...a.pipes.values()]) net.cut(pipe)
        net.run(3)
        const token = a.connect(b)
        if (restarted) {
          b.restart()
          b.connect(a)
        }
        net.run(9000)
        expect(a.connects.at(-1)).toEqual({ token, peer: b.id, failure: undefined })
        expect(a.engine.sizes).toMatchObject({ links: 1, attempts: 0, waiters: 0, connected: 1 })
      }
    }
  })
})

describe('health', () => {
  it('[C22] a kept session stays however long nothing is said, though only one side keeps it', () => {
    const { net, a, b } = connected()
    a.turn(() => a.engine.keep(b.id, true))
    net.run(3_600_000)
    expect(a.log.filter(line => line.startsWith('disconnect'))).toEqual([])
    a.engine.keep(b.id, false)
    net.run(700_000)
    expect(a.log.filter(line => line.startsWith('disconnect'))).toEqual(['disconnect CLOSED'])
    expect(b.messages).toEqual([])
  })

  it('[D126] an idle session with something unacknowledged is closed without a busy wait', () => {
    const net = new EngineNet()
    const quiet = { idleTimeoutMs: 30_000, pingIntervalMs: 15_000 }
    const a = net.node('a', quiet)
    const b = net.node('b', quiet)
    a.connect(b)
    net.latency = () => 600
    net.run(120_000)
    expect(a.log.at(-1)).toBe('disconnect CLOSED')
    expect(b.log.at(-1)).toBe('disconnect CLOSED')
    expect(a.connected.length).toBe(1)
  })

  it('[C22] pings of an impatient user do not put off the end of a dead carrier', () => {
    const { net, a, b } = connected()
    let dead = false
    net.latency = () => (dead ? Infinity : 1)
    dead = true
    let lostAfterMs: number | undefined
    for (let s = 0; s < 60 && lostAfterMs === undefined; s++) {
      a.turn(() => a.engine.ping(b.id, net.time))
      net.run(1000)
      if (a.log.includes('carrier lost')) lostAfterMs = (s + 1) * 1000
    }
    expect(lostAfterMs).toBe(10_000)
  })
})
