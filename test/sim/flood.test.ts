import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/core/limits.js'
import { DEFAULT_ADMISSION } from '../../src/protocols/admission/config.js'
import { createSimulation, SeededRandom } from '../../src/sim/index.js'
import { Ear } from './support/wire.js'

describe('floods', () => {
  it('[C53] connections of one host are throttled; others get in while it lasts', () => {
    const sim = createSimulation()
    const target = sim.addNode('target')
    const flooder = sim.network.addHost('flooder')
    const junk = new SeededRandom(1).fill(new Uint8Array(64))
    const ears: Ear[] = []
    for (let i = 0; i < 5000; i++) {
      sim.at(i, () => {
        const ear = new Ear(sim)
        ear.endOpen = end => {
          ear.events.push('open')
          end.write(junk, 0, junk.length)
        }
        ears.push(ear)
        sim.network.dial(flooder, target.address, ear, 0, 5000)
      })
    }
    const guests = sim.addNodes(20, 'guest')
    const records = guests.map((guest, i) => {
      const record = { connect: guest.connect(target, 1) }
      sim.at(i * 200 + 100, () => (record.connect = guest.connect(target, 2000)))
      return record
    })
    let most = 0
    sim.every(10, () => (most = Math.max(most, target.engine.diagnostics().carriers)))
    sim.run(10_000)
    const { refused } = target.engine.diagnostics().handshakes
    const told = target.sink.incidents.filter(incident => incident.kind === 'admission').length
    expect(told).toBeLessThanOrEqual(LIMITS.incidentBurst + LIMITS.incidentsPerSecond * 6)
    const { hostRate, maxConnectionsPerHost } = DEFAULT_ADMISSION
    expect(ears).toHaveLength(5000)
    expect(5000 - refused - 20).toBeLessThanOrEqual(hostRate.burst + hostRate.perSecond * 6)
    expect(most).toBeLessThanOrEqual(maxConnectionsPerHost + 20)
    expect(target.engine.diagnostics().kemOperations).toBeLessThanOrEqual(20 * 3)
    expect(records.map(record => record.connect.peer)).toEqual(guests.map(() => target.id))
  })

  it('[C48] a peer that floods with messages is held to its rate; the others notice nothing', () => {
    const rate = { perSecond: 100, burst: 100 }
    const admission = { ...DEFAULT_ADMISSION, messageRate: rate }
    const sim = createSimulation({ config: { admission, limitMessages: true } })
    const target = sim.addNode('target')
    const flooder = sim.addNode('flooder')
    const honest = sim.addNode('honest')
    target.handle('echo', request => request.body)
    target.sink.keepReceived = false
    flooder.connect(target)
    honest.connect(target)
    sim.run(1000)
    const before = target.sink.counts.messages
    for (let i = 0; i < 20_000; i++) flooder.cast(target, 'flood', Uint8Array.of(1, 2, 3))
    const answers = Array.from({ length: 50 }, (_, i) => {
      const record = { request: honest.request(target, 'echo', 'first') }
      sim.at(sim.nowMs + i * 100, () => (record.request = honest.request(target, 'echo', `${i}`)))
      return record
    })
    sim.run(10_000)
    const flood = target.sink.counts.messages - before
    expect(flood).toBeGreaterThan(rate.burst)
    expect(flood).toBeLessThanOrEqual(rate.burst + rate.perSecond * 11)
    for (const { request } of answers) {
      expect(request.failure).toBeUndefined()
      expect(request.doneAtMs! - request.sentAtMs).toBeLessThan(100)
    }
  })
})
