import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../src/core/limits.js'
import { EMPTY } from '../../../src/core/bytes.js'
import type { PeerId } from '../../../src/core/ids.js'
import type { Core } from '../../../src/node/engine/core.js'
import { EarlyAnswers } from '../../../src/node/engine/early-answers.js'
import { decodeEarlyAnswer, encodeEarlyRequests } from '../../../src/protocols/early/messages.js'
import { PACKET } from '../../../src/wire/handshake.js'
import { EngineNet, type TestNode } from '../../support/engine-net.js'

/** Two nodes, the one with the lower peer id first. */
function byId(net: EngineNet): [lower: TestNode, higher: TestNode] {
  const [a, b] = [net.node('a'), net.node('b')]
  return a.id < b.id ? [a, b] : [b, a]
}

/** Numbers of the links a node dials, in order. */
function dials(node: TestNode): number[] {
  const links: number[] = []
  const dial = node.dial.bind(node)
  node.dial = (link, address) => {
    links.push(link)
    dial(link, address)
  }
  return links
}

/** Both dial, and both answer before they hear of the other's answer: the one case that leaves two sessions. */
function crossed(net: EngineNet): { lower: TestNode; higher: TestNode; losing: number } {
  const [lower, higher] = byId(net)
  const links = dials(higher)
  let late = false
  const write = lower.write.bind(lower)
  lower.write = (link, buffer, from, to) => {
    late = buffer[from] === PACKET.m2
    if (late) net.after(0, () => lower.connect(higher))
    const taken = write(link, buffer, from, to)
    late = false
    return taken
  }
  net.latency = () => (late ? 20 : 1)
  higher.connect(lower)
  while (lower.engine.sizes['losers'] === 0 || higher.engine.sizes['losers'] === 0) net.run(1)
  return { lower, higher, losing: links[0] }
}

describe('a session that lost against another one of the same peer', () => {
  it('ends with its carrier: nobody brings it back, and the peer counts as connected throughout', () => {
    const net = new EngineNet()
    const { lower, higher, losing } = crossed(net)
    const pipe = higher.pipes.get(losing)
    expect(pipe).toBeDefined()
    const before = [...higher.pipes.keys(), ...lower.pipes.keys()].length
    if (pipe !== undefined) net.cut(pipe)
    for (const node of [lower, higher]) {
      expect(node.engine.sizes).toMatchObject({ losers: 0, connected: 1, links: 1, attempts: 0 })
      expect(node.log).not.toContain('carrier lost')
      expect(node.log.filter(line => line.startsWith('disconnect'))).toEqual([])
    }
    net.run(5_000)
    expect([...higher.pipes.keys(), ...lower.pipes.keys()].length).toBe(before - 2)
    expect(lower.log.concat(higher.log)).not.toContain('carrier lost')
  })
})

describe('a session that ends while its predecessor is taken leave of', () => {
  it('is never announced', () => {
    const net = new EngineNet()
    const [a, b] = [net.node('a'), net.node('b')]
    a.connect(b)
    net.run(100)
    a.onTold = event => {
      if (event === 'onPeerDisconnect') a.engine.disconnect(b.id, { code: 'CLOSED', text: 'unwanted' }, net.time)
    }
    b.pipes.clear()
    b.restart()
    b.connect(a)
    net.run(100)
    expect(a.log.filter(line => /^(connect|disconnect)/.test(line))).toEqual([
      'connect outbound full',
      'disconnect SESSION_LOST',
    ])
    expect(a.log.filter(line => line === 'identified')).toHaveLength(1)
    expect(a.engine.sizes).toMatchObject({ connected: 0, links: 0 })
  })
})

describe('who asks for a peer whose session is being brought back', () => {
  it('gets a new session when the old one ends meanwhile', () => {
    const net = new EngineNet()
    const [a, b] = [net.node('a'), net.node('b')]
    a.connect(b)
    net.run(100)
    // Dials hang: nobody answers them, and nobody refuses them.
    net.latency = () => 100_000
    for (const pipe of [...a.pipes.values()]) net.cut(pipe)
    net.run(25_000)
    const token = a.connect(b)
    net.run(4_900)
    net.latency = () => 1
    expect(a.connects.filter(one => one.token === token)).toEqual([])
    // The session ends now, 30 s after it lost its carrier, and with it the attempt to bring it back.
    net.run(200)
    expect(a.log.filter(line => /^(connect|disconnect)/.test(line))).toEqual([
      'connect outbound full',
      'disconnect SESSION_LOST',
      expect.stringMatching(/^connect outbound/),
    ])
    expect(a.connects.filter(one => one.token === token)).toEqual([{ token, peer: b.id, failure: undefined }])
    expect(a.engine.sizes).toMatchObject({ connected: 1, attempts: 0, waiters: 0 })
  })

  it('hears at once that it ended where it named the place to go to', () => {
    const net = new EngineNet()
    const [a, b, c] = [net.node('a'), net.node('b'), net.node('c')]
    a.connect(b)
    net.run(100)
    c.crash()
    const token = a.turn(() => a.engine.migrate(b.id, 'test://nowhere', net.time))
    a.turn(() => a.engine.disconnect(b.id, { code: 'CLOSED', text: '' }, net.time))
    net.run(50)
    expect(a.connects.find(one => one.token === token)).toMatchObject({ peer: undefined })
  })
})

describe('a session whose initiator proves nothing', () => {
  it('ends after 30 s, however long handshakes may take', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b', { handshakeTimeoutMs: 600_000 })
    a.connect(b)
    while (b.engine.sizes['unconfirmed'] === 0) net.run(1)
    a.dead = true
    net.run(LIMITS.unconfirmedMs - 10)
    expect(b.engine.sizes).toMatchObject({ unconfirmed: 1, links: 1, peers: 0 })
    net.run(20)
    expect(b.engine.sizes).toMatchObject({ unconfirmed: 0, links: 0, pendingLinks: 0, peers: 0 })
    expect(b.log).toEqual([])
  })
})

describe('early requests of all peers together', () => {
  /** As much of an engine as the answers ask for. */
  function answers() {
    const told: { peer: PeerId; token: number }[] = []
    const sent: { peer: PeerId; code: string | undefined }[] = []
    const cancelled: number[] = []
    const core = {
      time: { monoMs: 0, wallMs: 0 },
      closing: false,
      peers: {
        waitMs: () => 0,
        ensure: (id: PeerId) => ({
          id,
          sendOwn: (_name: string, body: Uint8Array) => {
            const answer = decodeEarlyAnswer(body)
            sent.push({ peer: id, code: answer !== undefined && 'code' in answer ? answer.code : undefined })
            return true
          },
        }),
      },
      sink: {
        onRequest: (peer: PeerId, token: number) => told.push({ peer, token }),
        onCancelled: (_peer: PeerId, token: number) => cancelled.push(token),
        wantTick: () => undefined,
      },
    }
    return { core, told, sent, cancelled, early: new EarlyAnswers(core as unknown as Core) }
  }

  const flight = (count: number, timeoutMs = 1_000) =>
    encodeEarlyRequests(Array.from({ length: count }, (_, id) => ({ id, name: 'n', body: EMPTY, timeoutMs })))
  const peer = (n: number) => `peer${n}` as PeerId

  it('[C71] are taken up to the limit of a peer and of all; one more is refused and handed to nobody', () => {
    const { told, sent, early, core } = answers()
    const perFlight = LIMITS.maxEarlyRequests
    const flights = LIMITS.maxEarlyAnswers / perFlight
    const peers = LIMITS.maxEarlyAnswersAll / LIMITS.maxEarlyAnswers
    for (let n = 0; n < peers; n++) for (let i = 0; i < flights; i++) early.receive(peer(n), flight(perFlight))
    expect([early.size, told.length, sent.length]).toEqual([LIMITS.maxEarlyAnswersAll, LIMITS.maxEarlyAnswersAll, 0])
    early.receive(peer(peers), flight(1))
    expect(told).toHaveLength(LIMITS.maxEarlyAnswersAll)
    expect(sent).toEqual([{ peer: peer(peers), code: 'RATE_LIMITED' }])
    // One that is answered makes room, for this peer too, but not for one that is at its own limit.
    const first = told[0]
    early.answer(core.peers.ensure(first.peer) as never, first.token, { body: EMPTY })
    early.receive(peer(1), flight(1))
    expect(sent.at(-1)).toEqual({ peer: peer(1), code: 'RATE_LIMITED' })
    early.receive(peer(peers), flight(1))
    expect(told).toHaveLength(LIMITS.maxEarlyAnswersAll + 1)
  })

  it('end at their own deadlines, whatever the order they came in', () => {
    const { core, cancelled, early, told } = answers()
    early.receive(peer(1), flight(1, 500))
    early.receive(peer(2), flight(1, 100))
    early.receive(peer(3), flight(1, 300))
    expect(early.nextDeadline()).toBe(100)
    const due: number[][] = []
    for (const monoMs of [99, 100, 299, 300, 499, 500]) {
      core.time.monoMs = monoMs
      early.tick()
      due.push(cancelled.splice(0))
    }
    expect(due).toEqual([[], [told[1].token], [], [told[2].token], [], [told[0].token]])
    expect([early.size, early.nextDeadline()]).toEqual([0, undefined])
  })
})
