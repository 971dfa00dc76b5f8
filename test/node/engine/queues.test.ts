import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/core/text.js'
import { LIMITS } from '../../../src/core/limits.js'
import { DELIVERY_DEFAULTS } from '../../../src/protocols/delivery/config.js'
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

describe('queues', () => {
  it('a full queue does not keep the peer from connecting', () => {
    const net = new EngineNet()
    const a = net.node('a', { delivery: { ...DELIVERY_DEFAULTS, maxQueuedMessages: 5 } })
    const b = net.node('b')
    b.crash()
    a.engine.addAddress(b.id, b.address)
    for (let i = 0; i < 5; i++) a.send(b, 'n', Uint8Array.of(i), 1)
    expect(() => a.send(b, 'n', utf8('x'), 1)).toThrow(/maxQueuedMessages/)
    b.restart()
    net.run(3000)
    expect(b.messages.map(one => one.body[0])).toEqual([0, 1, 2, 3, 4])
    expect(a.statuses.filter(one => one.status === 'acknowledged').length).toBe(5)
  })

  it('messages are given up giveUpMs after they began to wait, not after others did', () => {
    const net = new EngineNet()
    const a = net.node('a', { giveUpMs: 5000 })
    const b = net.node('b')
    b.crash()
    a.engine.addAddress(b.id, b.address)
    a.turn(() => a.engine.send(b.id, 'n', utf8('x'), { qos: 1, priority: 1, lifetimeMs: 1000 }, net.time))
    net.run(8000)
    a.send(b, 'n', utf8('y'), 1)
    net.run(4500)
    expect(a.statuses.at(-1)?.status).toBe('queued')
    net.run(1000)
    expect(a.statuses.at(-1)).toMatchObject({ status: 'failed', failure: { code: 'PEER_UNREACHABLE' } })
  })

  it('a peer that was forgotten and comes back gets its messages, and none a second time', () => {
    const net = new EngineNet()
    const small = { maxRememberedPeers: 2 }
    const hub = net.node('hub', small)
    const peers = ['a', 'b', 'c', 'd'].map(name => net.node(name))
    for (let turn = 0; turn < 3; turn++) {
      for (const peer of peers) {
        peer.connect(hub)
        net.run(20)
        hub.send(peer, 'n', Uint8Array.of(turn), 2)
        peer.send(hub, peer.name, Uint8Array.of(turn), 2)
        net.run(20)
        // The acknowledgement is lost with the session: the peer sends the last one again.
        for (const pipe of [...peer.pipes.values()]) net.cut(pipe)
        peer.turn(() => peer.engine.disconnect(hub.id, BYE, net.time))
        hub.turn(() => hub.engine.disconnect(peer.id, BYE, net.time))
        net.run(20)
      }
    }
    for (const peer of peers) {
      expect(peer.messages.map(one => one.body[0])).toEqual([0, 1, 2])
      expect(hub.messages.filter(one => one.name === peer.name).map(one => one.body[0])).toEqual([0, 1, 2])
    }
    expect(hub.engine.sizes.peers).toBe(2)
    expect(hub.engine.sizes.inboxes).toBe(2)
  })

  it('a stored receive state that cannot be read is told and does not keep the peer out', () => {
    const { net, a, b } = pair()
    b.restart({ inboxes: new Map([[a.id, Uint8Array.of(255, 1, 2)]]) })
    a.connect(b)
    a.send(b, 'n', utf8('x'), 2)
    net.run(100)
    expect(b.messages.length).toBe(1)
    expect(b.incidents).toMatchObject([{ kind: 'store', failure: { code: 'MALFORMED' } }])
  })
})

describe('early requests', () => {
  const ask = (net: EngineNet, a: TestNode, b: TestNode, name: string, timeoutMs = 5000): number =>
    a.turn(() => a.engine.request(b.id, name, utf8('x'), { priority: 1, timeoutMs, idempotent: true }, net.time))

  const parted = (): { net: EngineNet; a: TestNode; b: TestNode } => {
    const all = connected()
    all.a.turn(() => all.a.engine.disconnect(all.b.id, BYE, all.net.time))
    all.net.run(100)
    return all
  }

  it('[E15] of a hundred, as many go early as one flight holds, and every one is answered', () => {
    const { net, a, b } = parted()
    const tokens = Array.from({ length: 100 }, () => ask(net, a, b, 'echo'))
    net.run(500)
    expect(a.log.at(-1)).toBe('identified')
    expect(a.log).toContain('connect outbound resumed')
    expect(new Set(a.responses.map(one => one.token))).toEqual(new Set(tokens))
    expect(a.responses.filter(one => one.failure !== undefined)).toEqual([])
    expect(a.engine.sizes.earlyRequests).toBe(0)
  })

  it('[E15] handlers that never answer hold a bounded number of places, for a bounded time', () => {
    const { net, a, b } = parted()
    let asked = 0
    for (let i = 0; i < 6; i++) {
      for (let k = 0; k < 64; k++) {
        ask(net, a, b, 'never', 400_000)
        asked++
      }
      net.run(100)
      a.turn(() => a.engine.disconnect(b.id, BYE, net.time))
      net.run(1500)
    }
    expect(asked).toBe(384)
    expect(b.engine.sizes.earlyAnswers).toBe(LIMITS.maxEarlyAnswers)
    net.run(700_000)
    expect(b.engine.sizes.earlyAnswers).toBe(0)
    expect(b.cancelled).toBeGreaterThanOrEqual(LIMITS.maxEarlyAnswers)
    expect(new Set(a.responses.map(one => one.token)).size).toBe(384)
  })

  it('[E15] a request that fell back to the ordinary way can still be cancelled', () => {
    const { net, a, b } = parted()
    b.crash()
    b.restart()
    const token = ask(net, a, b, 'never')
    net.run(500)
    a.turn(() => a.engine.cancel(b.id, token, net.time))
    expect(a.responses).toMatchObject([{ token, failure: { code: 'ABORTED' } }])
    expect(a.engine.sizes.earlyRequests).toBe(0)
  })

  it('[E15] one whose session is lost before the answer is asked again, being idempotent', () => {
    const { net, a, b } = parted()
    b.onTold = event => {
      if (event !== 'onRequest') return
      b.onTold = undefined
      b.crash()
    }
    const token = ask(net, a, b, 'echo', 60_000)
    net.run(10)
    b.restart()
    net.run(50_000)
    expect(a.responses).toEqual([{ token, body: utf8('x'), failure: undefined }])
  })
})
