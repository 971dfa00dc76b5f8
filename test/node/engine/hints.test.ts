import { describe, expect, it } from 'vitest'
import { PACKET } from '../../../src/wire/handshake.js'
import { SELECT } from '../../../src/wire/offer.js'
import { EngineNet } from '../../support/engine-net.js'

describe('hints that nobody signed, and peers that lie', () => {
  it('[C7] ATTACH_UNKNOWN on the way never ends the old session before a new one is authenticated', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b)
    net.run(100)
    let provoked = 0
    let cut = 0
    net.deliver = (_from, _to, bytes) => {
      if (bytes[0] === PACKET.attach && bytes.length === 64) {
        // The responder does not find the id, and says so in good faith: the same hint as a forger's.
        bytes[20] ^= 1
        provoked++
      }
      // The first words of every new session are lost.
      if (bytes[0] !== PACKET.m1 && bytes[0] !== PACKET.resume && bytes[0] !== PACKET.certificateRequest) return true
      cut++
      return false
    }
    for (const pipe of [...a.pipes.values()]) net.cut(pipe)
    net.run(10_000)
    expect(provoked).toBeGreaterThan(1)
    expect(cut).toBeGreaterThan(1)
    expect(a.log.filter(line => line.startsWith('disconnect'))).toEqual([])
    net.deliver = () => true
    net.run(10_000)
    // Either the old one found a carrier, or a new one is there: the old one did not go before it.
    expect(a.engine.sizes).toMatchObject({ connected: 1, links: 1, attempts: 0 })
    const ended = a.log.findIndex(line => line.startsWith('disconnect'))
    if (ended < 0) expect(a.log).toContain('carrier back')
    else expect(a.log[ended + 1]).toMatch(/^connect/)
  })

  it('a peer that answers DUPLICATE for ever neither holds a caller nor makes us dial without a pause', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    const { handshakes } = (b.engine as unknown as { core: { handshakes: { decide: () => number } } }).core
    handshakes.decide = () => SELECT.duplicate
    let dials = 0
    const dial = a.dial.bind(a)
    a.dial = (link, address) => {
      dials++
      dial(link, address)
    }
    const token = a.connect(b)
    net.run(8000)
    expect(a.connects).toMatchObject([{ token, failure: { code: 'LIMIT_EXCEEDED' } }])
    dials = 0
    a.turn(() => a.engine.keep(b.id, true))
    net.run(600_000)
    // With backoff up to a minute, each time a dial and one that insists.
    expect(dials).toBeGreaterThan(4)
    expect(dials).toBeLessThan(80)
    Reflect.deleteProperty(handshakes, 'decide')
    net.run(70_000)
    expect(a.connected.length).toBe(1)
  })

  it('saves of the receive state do not overtake each other: one at a time for each peer', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b', { hasStore: true })
    let outstanding = 0
    let most = 0
    b.saveInbox = peer => {
      most = Math.max(most, ++outstanding)
      net.after(20, () => {
        outstanding--
        b.turn(() => b.engine.inboxSaved(peer, true, net.time))
      })
    }
    a.connect(b)
    net.run(50)
    for (let i = 0; i < 50; i++) {
      a.send(b, 'n', Uint8Array.of(i), 2)
      net.run(3)
    }
    net.run(1000)
    expect(most).toBe(1)
    expect(a.statuses.filter(one => one.status === 'acknowledged').length).toBe(50)
  })

  it('an idle session holds no large buffer', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b)
    net.run(100)
    for (let i = 0; i < 20; i++) a.send(b, 'big', new Uint8Array(200_000), 1)
    net.run(100)
    const logs = [a, b].map(node => {
      const { core } = node.engine as unknown as { core: { peers: { all(): Iterable<{ connection: unknown }> } } }
      const [peer] = core.peers.all()
      const { session } = peer?.connection as { session: { writer: { log: { hasSpare: boolean } } } }
      return session.writer.log
    })
    expect(logs.some(log => log.hasSpare)).toBe(true)
    net.run(60_000)
    expect(logs.map(log => log.hasSpare)).toEqual([false, false])
  })
})
