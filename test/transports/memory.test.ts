import { describe, expect, it } from 'vitest'
import type { Carrier, TransportFactory } from '../../src/ports/transport.js'
import { createMemoryNetwork } from '../../src/transports/memory.js'
import { transportCompliance } from '../../src/sim/compliance/transport.js'
import { realPorts, runCases } from './support.js'

const network = createMemoryNetwork()

describe('memory transport', () => {
  runCases(
    transportCompliance({
      factory: network.transport,
      ports: realPorts,
      listenAddress: 'memory://',
      pausesPeer: true,
    }),
  )

  it('of a runtime that never tells it is full: the contract asks that all is delivered, and sees what is not so', async () => {
    const caseOf = (factory: TransportFactory) =>
      transportCompliance({
        factory,
        ports: realPorts,
        listenAddress: 'memory://',
        pausesPeer: false,
        tellsFull: false,
      }).find(({ name }) => name === 'takes 16 MiB in one write and delivers them')
    const hushed = (carrier: Carrier): Carrier => ({
      info: carrier.info,
      bind: events =>
        carrier.bind({
          onData: (buffer, from, to) => events.onData(buffer, from, to),
          onDrain: () => undefined,
          onClose: reason => events.onClose(reason),
        }),
      write: (...args) => carrier.write(...args) || true,
      pause: paused => carrier.pause(paused),
      close: abort => carrier.close(abort),
    })
    const silent: TransportFactory = ports => {
      const inner = network.transport(ports)
      return {
        name: inner.name,
        schemes: inner.schemes,
        capabilities: inner.capabilities,
        dial: async (...args) => hushed(await inner.dial(...args)),
        listen: (address, onCarrier) => inner.listen(address, carrier => onCarrier(hushed(carrier))),
      }
    }
    await caseOf(silent)?.run()
    await expect(caseOf(network.transport)?.run()).rejects.toThrow(/write of 16 MiB/)
  })

  it('lets two nodes meet only on the same network', async () => {
    const here = createMemoryNetwork().transport(realPorts)
    const there = createMemoryNetwork().transport(realPorts)
    const listener = await here.listen('memory://door', () => undefined)
    await expect(there.dial(listener.address, {})).rejects.toMatchObject({ code: 'DIAL_FAILED' })
    const carrier = await here.dial(listener.address, {})
    carrier.close(true)
    await listener.close()
  })

  it('cuts a carrier whose listener closed before it was accepted', async () => {
    const deferred: (() => void)[] = []
    const transport = createMemoryNetwork().transport({ ...realPorts, defer: work => deferred.push(work) })
    let accepted = 0
    const listener = await transport.listen('memory://door', () => (accepted += 1))
    const dialling = transport.dial('memory://door', {})
    await Promise.resolve()
    deferred.shift()?.()
    const carrier = await dialling
    await listener.close()
    const reasons: (Error | undefined)[] = []
    carrier.bind({ onData: () => undefined, onDrain: () => undefined, onClose: reason => reasons.push(reason) })
    while (deferred.length > 0) deferred.shift()?.()
    expect(accepted).toBe(0)
    expect(reasons).toHaveLength(1)
  })
})
