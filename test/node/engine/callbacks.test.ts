import { describe, expect, it } from 'vitest'
import { utf8 } from '../../../src/core/text.js'
import { EngineNet, type TestNode } from '../../support/engine-net.js'

const BYE = { code: 'CLOSED', text: 'bye' } as const
const EVENTS = [
  'onConnectResult',
  'onPeerConnect',
  'onIdentified',
  'onPeerDisconnect',
  'onCarrierChange',
  'onStatus',
  'onMessage',
  'onRequest',
  'onResponse',
  'onFailure',
  'onStream',
  'onPong',
] as const

/** What is done from inside a callback of node `a` about node `b`. */
const ACTS: Record<string, (net: EngineNet, a: TestNode, b: TestNode) => unknown> = {
  send: (net, a, b) => a.engine.send(b.id, 'again', utf8('x'), { qos: 2, priority: 0 }, net.time),
  request: (net, a, b) => a.engine.request(b.id, 'echo', utf8('x'), { priority: 0, timeoutMs: 500 }, net.time),
  connect: (net, a, b) => a.engine.connect({ peer: b.id, addresses: [b.address] }, { timeoutMs: 500 }, net.time),
  disconnect: (net, a, b) => a.engine.disconnect(b.id, BYE, net.time),
  keep: (_net, a, b) => a.engine.keep(b.id, true),
  ban: (net, a, b) => a.engine.ban(b.id, 300, net.time),
  drain: (net, a) => a.engine.drain(100, net.time),
  close: (net, a) => a.engine.close(net.time),
  openStream: (net, a, b) => {
    try {
      return a.engine.openStream(b.id, 's', 1, net.time)
    } catch (error) {
      expect(error).toMatchObject({ name: 'HyphaeError', code: /PEER_UNREACHABLE|CLOSED/ })
      return undefined
    }
  },
}

/** Everything that makes a node call back: messages, streams, a lost carrier, a restart of the peer, an orderly end. */
function exercise(net: EngineNet, a: TestNode, b: TestNode): void {
  const quietly = (work: () => unknown): void => {
    try {
      a.turn(work)
    } catch (error) {
      expect(error).toMatchObject({ name: 'HyphaeError', code: /CLOSED|PEER_UNREACHABLE/ })
    }
  }
  a.connect(b)
  b.connect(a)
  net.run(50)
  quietly(() => a.send(b, 'n', utf8('x'), 2))
  b.send(a, 'n', utf8('x'), 1)
  quietly(() => a.request(b, 'echo', utf8('x')))
  b.request(a, 'echo', utf8('x'))
  quietly(() => a.engine.ping(b.id, net.time))
  b.turn(() => {
    if (b.engine.peers()[0]?.state === 'connected') b.engine.openStream(a.id, 's', 1, net.time)
  })
  net.run(50)
  for (const pipe of [...a.pipes.values()]) net.cut(pipe)
  net.run(500)
  quietly(() => a.request(b, 'never', utf8('x')))
  b.crash()
  net.run(5)
  b.restart()
  b.connect(a)
  net.run(500)
  if (b.engine.peers()[0]?.state === 'connected') b.turn(() => b.engine.disconnect(a.id, BYE, net.time))
  net.run(2000)
}

describe('callbacks that call back', () => {
  for (const [name, act] of Object.entries(ACTS)) {
    it(`${name} from inside any callback breaks nothing`, () => {
      for (const event of EVENTS) {
        for (const every of [true, false]) {
          const net = new EngineNet()
          const a = net.node('a')
          const b = net.node('b')
          let left = every ? 20 : 1
          let seen = 0
          a.onTold = told => {
            if (told !== event || left === 0) return
            left--
            seen++
            try {
              act(net, a, b)
            } catch (error) {
              expect(error).toMatchObject({ name: 'HyphaeError', code: 'CLOSED' })
            }
          }
          exercise(net, a, b)
          expect(`${event} ${seen > 0}`).toBe(`${event} true`)
          a.onTold = undefined
          // Connects and disconnects come in turns, however they were interrupted.
          const turns = a.log.filter(line => /^(connect|disconnect)/.test(line)).map(line => line.split(' ')[0])
          expect(turns.every((turn, i) => turn === (i % 2 === 0 ? 'connect' : 'disconnect'))).toBe(true)
          a.turn(() => a.engine.close(net.time))
          b.turn(() => b.engine.close(net.time))
          expect(a.engine.nextDeadline()).toBeUndefined()
          const { peers, inboxes, ...rest } = a.engine.sizes
          expect(peers + inboxes).toBeLessThanOrEqual(2)
          expect(Object.entries(rest).filter(([, size]) => size !== 0)).toEqual([])
          // Whoever asked was answered, and once.
          const tokens = a.connects.map(one => one.token)
          expect(new Set(tokens).size).toBe(tokens.length)
          const finals = a.statuses.filter(one => one.status === 'acknowledged' || one.status === 'failed')
          expect(finals.length).toBe(a.statuses.filter(one => one.status === 'queued').length)
        }
      }
    })
  }
})
