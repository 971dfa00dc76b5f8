import { describe, expect, it } from 'vitest'
import { DEFAULT_ADMISSION } from '../../../src/protocols/admission/config.js'
import { utf8 } from '../../../src/core/text.js'
import { EngineNet } from '../../support/engine-net.js'

describe('connecting', () => {
  it('connects to a known peer, identifies, echoes and closes', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    const token = a.connect(b)
    net.run(100)
    expect(a.connects).toEqual([{ token, peer: b.id, failure: undefined }])
    expect(a.log).toContain('connect outbound full')
    expect(b.log).toContain('connect inbound full')
    expect(a.log).toContain('identified')
    const request = a.request(b, 'echo', utf8('hello'))
    net.run(100)
    expect(a.responses).toEqual([{ token: request, body: utf8('hello'), failure: undefined }])
    a.send(b, 'news', utf8('x'), 2)
    net.run(100)
    expect(b.messages.map(m => m.name)).toEqual(['news'])
    expect(a.statuses.map(s => s.status)).toEqual(['queued', 'sent', 'acknowledged'])
    a.turn(() => a.engine.close(net.time))
    net.run(100)
    expect(b.log.at(-1)).toBe('disconnect CLOSED')
  })

  it('dials a bare address of a public node and learns whose it is', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b, false)
    net.run(100)
    expect(a.connects[0]?.peer).toBe(b.id)
    const c = net.node('c', { isPublic: false })
    a.connect(c, false)
    net.run(20_000)
    expect(a.connects[1]?.failure).toBeDefined()
  })

  it('keeps a session over a lost carrier and repeats nothing', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b)
    net.run(100)
    for (let i = 0; i < 100; i++) {
      a.send(b, 'n', Uint8Array.of(i), 0)
      if (i % 10 === 5) for (const pipe of [...a.pipes.values()]) net.cut(pipe)
      net.run(i % 10 === 5 ? 3000 : 1)
    }
    net.run(5000)
    expect(b.messages.map(m => m.body[0])).toEqual([...Array(100).keys()])
    expect(a.log.filter(line => line.startsWith('disconnect'))).toEqual([])
    expect(a.log).toContain('carrier back')
  })

  it('settles on one session when both dial at once', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b)
    b.connect(a)
    net.run(10_000)
    expect(a.connects[0]?.peer).toBe(b.id)
    expect(b.connects[0]?.peer).toBe(a.id)
    expect(a.engine.diagnostics().carriers).toBe(1)
    expect(b.engine.diagnostics().carriers).toBe(1)
    expect(a.connected.length).toBe(1)
    expect(b.connected.length).toBe(1)
  })

  it('resumes with a ticket after a disconnect', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b)
    net.run(100)
    a.turn(() => a.engine.disconnect(b.id, { code: 'CLOSED', text: 'bye' }, net.time))
    net.run(100)
    a.connect(b)
    net.run(100)
    expect(a.log.filter(line => line.startsWith('connect'))).toEqual([
      'connect outbound full',
      'connect outbound resumed',
    ])
    a.request(b, 'echo', utf8('again'))
    net.run(50)
    expect(a.responses.length).toBe(1)
  })

  it('delivers qos 2 once over a crash of the receiver and a new session', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b)
    net.run(100)
    for (let i = 0; i < 50; i++) a.send(b, 'n', Uint8Array.of(i), 1)
    b.crash()
    net.run(2000)
    b.restart()
    net.run(60_000)
    expect(a.statuses.filter(s => s.status === 'acknowledged').length).toBe(50)
    expect(b.messages.map(m => m.body[0])).toEqual([...Array(50).keys()])
  })

  it('[E15] sends idempotent requests in the first flight of a resumption, and falls back where the ticket is gone', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b)
    net.run(100)
    const early = (name: string): number =>
      a.turn(() =>
        a.engine.request(b.id, name, utf8('early'), { priority: 1, timeoutMs: 5000, idempotent: true }, net.time),
      )
    const bye = (): void => {
      a.turn(() => a.engine.disconnect(b.id, { code: 'CLOSED', text: 'bye' }, net.time))
      net.run(100)
    }
    bye()
    const first = early('echo')
    expect(first).toBeLessThan(0)
    net.run(100)
    expect(a.responses).toEqual([{ token: first, body: utf8('early'), failure: undefined }])
    bye()
    const refused = early('nobody')
    net.run(100)
    expect(a.responses[1]).toMatchObject({ token: refused, failure: { code: 'NO_HANDLER' } })
    bye()
    b.crash()
    b.restart()
    const second = early('echo')
    net.run(3000)
    expect(a.responses[2]).toEqual({ token: second, body: utf8('early'), failure: undefined })
  })

  it('[D6] says who is to blame when another peer listens at the address', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    const c = net.node('c')
    a.turn(() => a.engine.connect({ peer: c.id, addresses: [b.address] }, { timeoutMs: 5000 }, net.time))
    net.run(6000)
    expect(a.connects[0]?.failure?.code).toBe('HANDSHAKE_FAILED')
    expect(a.engine.explain(c.id, net.time).failure).toMatchObject({ step: 'handshake', code: 'HANDSHAKE_FAILED' })
    expect(a.engine.explain(c.id, net.time).failure?.remedy).toContain('check peer id and network name')
  })

  it('[C24] ends the session with a banned peer and refuses it until the ban ends', () => {
    const net = new EngineNet()
    const a = net.node('a')
    const b = net.node('b')
    a.connect(b)
    net.run(100)
    b.turn(() => b.engine.ban(a.id, 60_000, net.time))
    net.run(100)
    expect(a.log.at(-1)).toBe('disconnect PEER_DENIED')
    a.connect(b)
    net.run(1000)
    expect(a.connects[1]?.failure?.code).toBe('PEER_DENIED')
    net.run(60_000)
    a.connect(b)
    net.run(1000)
    expect(a.connects[2]?.peer).toBe(b.id)
  })

  it('[D96] refuses the peer that would be one too many', () => {
    const net = new EngineNet()
    const hub = net.node('hub', { maxPeers: 2 })
    const others = ['a', 'b', 'c'].map(name => net.node(name))
    for (const other of others) {
      other.connect(hub)
      net.run(200)
    }
    expect(others.map(other => other.connects[0]?.failure?.code)).toEqual([undefined, undefined, 'LIMIT_EXCEEDED'])
    expect(hub.engine.diagnostics().connections).toBe(2)
  })

  it('fails messages to a peer that cannot be reached after giveUpMs', () => {
    const net = new EngineNet()
    const a = net.node('a', { giveUpMs: 5000 })
    const b = net.node('b')
    b.crash()
    a.engine.addAddress(b.id, b.address)
    a.send(b, 'n', utf8('x'), 1)
    net.run(4000)
    expect(a.statuses.map(s => s.status)).toEqual(['queued'])
    net.run(2000)
    expect(a.statuses.at(-1)).toMatchObject({ status: 'failed', failure: { code: 'PEER_UNREACHABLE' } })
  })

  it('[C48] holds a flooder to its rate without losing a message, and leaves the others alone', () => {
    const net = new EngineNet()
    const admission = { ...DEFAULT_ADMISSION, messageRate: { perSecond: 10, burst: 20 } }
    const hub = net.node('hub', { limitMessages: true, admission })
    const flooder = net.node('flooder')
    const other = net.node('other')
    flooder.connect(hub)
    other.connect(hub)
    net.run(100)
    for (let i = 0; i < 100; i++) flooder.send(hub, 'flood', Uint8Array.of(i), 1)
    other.send(hub, 'calm', utf8('x'), 1)
    net.run(1000)
    const calm = hub.messages.filter(m => m.name === 'calm').length
    const flood = hub.messages.filter(m => m.name === 'flood').length
    expect(calm).toBe(1)
    expect(flood).toBeGreaterThanOrEqual(20)
    expect(flood).toBeLessThanOrEqual(32)
    flooder.request(hub, 'echo', utf8('x'))
    net.run(50)
    expect(flooder.responses[0]?.failure?.code).toBe('RATE_LIMITED')
    net.run(10_000)
    const bodies = hub.messages.filter(m => m.name === 'flood').map(m => m.body[0])
    expect(bodies).toEqual([...Array(100).keys()])
  })
})
