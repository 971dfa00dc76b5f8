import { describe, expect, it } from 'vitest'
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
})
