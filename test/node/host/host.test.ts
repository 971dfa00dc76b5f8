import { describe, expect, it } from 'vitest'
import { HyphaeError } from '../../../src/core/errors.js'
import { Carriers, type CarrierWatcher } from '../../../src/node/host/carriers.js'
import { errorOf, failureOf, hyphaeError } from '../../../src/node/host/failure.js'
import { Listeners } from '../../../src/node/host/listeners.js'
import { Transports } from '../../../src/node/host/transports.js'
import { Turn } from '../../../src/node/host/turn.js'
import type { Carrier, Transport, TransportPorts } from '../../../src/ports/transport.js'
import { createMemoryNetwork } from '../../../src/transports/memory.js'
import { ManualClock } from '../../transports/support.js'

/** Microtasks that run when the test says so. */
class ManualDefer {
  private works: (() => void)[] = []
  readonly defer = (work: () => void): void => void this.works.push(work)

  run(): number {
    let done = 0
    for (let work = this.works.shift(); work !== undefined; work = this.works.shift()) {
      work()
      if (++done > 1000) throw new Error('never ends')
    }
    return done
  }
}

describe('turn', () => {
  function turning() {
    const clock = new ManualClock()
    const micro = new ManualDefer()
    const log: string[] = []
    let deadlineMs: number | undefined
    let onFlush = (): void => undefined
    const turn: Turn = new Turn(clock, micro.defer, {
      flush: ({ monoMs }) => {
        log.push(`flush ${monoMs}`)
        turn.schedule()
        onFlush()
      },
      tick: ({ monoMs }) => {
        log.push(`tick ${monoMs}`)
        turn.schedule()
      },
      nextDeadline: () => deadlineMs,
    })
    return {
      clock,
      micro,
      log,
      turn,
      due: (atMs: number | undefined) => (deadlineMs = atMs),
      whenFlushed: (work: () => void) => (onFlush = work),
    }
  }

  it('many calls make one flush and one look at the deadlines', () => {
    const { turn, micro, log, clock, due } = turning()
    due(1500)
    for (let i = 0; i < 10; i++) turn.wantFlush()
    turn.schedule()
    expect(micro.run()).toBe(1)
    expect(log).toEqual(['flush 1000'])
    expect(clock.pending).toBe(1)
  })

  it('what a flush sets off is flushed too, and then there is rest', () => {
    const { turn, micro, log, whenFlushed } = turning()
    let again = 2
    whenFlushed(() => {
      if (again-- > 0) turn.wantFlush()
    })
    turn.wantFlush()
    micro.run()
    expect(log).toHaveLength(3)
  })

  it('wakes at the deadline, earlier when it comes nearer, and not at all without one', () => {
    const { turn, micro, log, clock, due } = turning()
    const look = () => {
      turn.schedule()
      micro.run()
    }
    due(3000)
    look()
    due(2000)
    look()
    expect(clock.pending).toBe(1)
    clock.advance(999)
    expect(log).toEqual([])
    due(undefined)
    clock.advance(1)
    micro.run()
    expect(log).toEqual(['tick 2000'])
    expect(clock.pending).toBe(0)
  })

  it('keeps an alarm that comes too early instead of moving it', () => {
    const { turn, micro, log, clock, due } = turning()
    due(1100)
    turn.schedule()
    micro.run()
    due(1400)
    turn.schedule()
    micro.run()
    clock.advance(100)
    micro.run()
    clock.advance(300)
    expect(log).toEqual(['tick 1100', 'tick 1400'])
  })

  it('reads the clock once a turn for frequent calls, and anew for exact ones', () => {
    const { turn, micro, clock } = turning()
    const first = turn.coarse()
    clock.monoMs += 5
    expect(turn.coarse()).toBe(first)
    expect(turn.now().monoMs).toBe(1005)
    expect(turn.coarse().monoMs).toBe(1005)
    micro.run()
    clock.monoMs += 5
    expect(turn.coarse().monoMs).toBe(1010)
  })

  it('stops for good', () => {
    const { turn, micro, log, clock, due } = turning()
    due(1100)
    turn.schedule()
    micro.run()
    turn.stop()
    turn.schedule()
    turn.wantFlush()
    expect(micro.run()).toBe(0)
    clock.advance(500)
    expect(log).toEqual([])
  })
})

describe('transports and listeners', () => {
  const clock = new ManualClock()
  const ports: TransportPorts = { clock, defer: work => queueMicrotask(work) }

  it('the first transport of a scheme serves it; others are named in the error', () => {
    const first = createMemoryNetwork().transport(ports)
    const transports = new Transports([first, createMemoryNetwork().transport(ports)])
    expect(transports.of('memory://x')).toBe(first)
    expect(() => transports.of('tcp://127.0.0.1:1')).toThrow(/no transport of this node serves tcp:\/\//)
    expect(() => transports.of('x')).toThrow(HyphaeError)
  })

  it('listens at all addresses or at none', async () => {
    const network = createMemoryNetwork()
    const listeners = new Listeners(new Transports([network.transport(ports)]), () => undefined)
    await expect(listeners.listen(['memory://a', 'memory://b', 'memory://a'])).rejects.toThrow(/taken/)
    expect(listeners.addresses).toEqual([])
    await listeners.listen(['memory://a', 'memory://b'])
    expect(listeners.addresses).toEqual(['memory://a', 'memory://b'])
    await listeners.close()
  })
})

describe('carriers', () => {
  const clock = new ManualClock()
  const ports: TransportPorts = { clock, defer: work => queueMicrotask(work) }
  const settle = () => new Promise(resolve => setImmediate(resolve))

  async function carrying(dialler?: Partial<Transport>) {
    const network = createMemoryNetwork()
    const transport = network.transport(ports)
    const accepted: Carrier[] = []
    await transport.listen('memory://a', carrier => accepted.push(carrier))
    const log: string[] = []
    const watcher: CarrierWatcher = {
      onOpened: link => log.push(`opened ${link}`),
      onFailed: (link, { code }) => log.push(`failed ${link} ${code}`),
      onData: (link, buffer, from, to) => log.push(`data ${link} ${Buffer.from(buffer.subarray(from, to)).toString()}`),
      onDrained: link => log.push(`drained ${link}`),
      onClosed: link => log.push(`closed ${link}`),
    }
    const used = dialler ? { ...dialler, schemes: ['memory'] } : transport
    return { carriers: new Carriers(new Transports([used as Transport]), watcher), log, accepted }
  }

  it('dials, carries both ways and tells the end', async () => {
    const { carriers, log, accepted } = await carrying()
    carriers.dial(7, 'memory://a', 1000)
    await settle()
    expect(carriers.count).toBe(1)
    expect(carriers.write(7, Buffer.from('xhix'), 1, 3)).toBe(true)
    expect(carriers.write(8, Buffer.from('x'), 0, 1)).toBe(false)
    const [other] = accepted
    const heard: string[] = []
    other?.bind({
      onData: (buffer, from, to) => heard.push(Buffer.from(buffer.subarray(from, to)).toString()),
      onDrain: () => undefined,
      onClose: () => heard.push('closed'),
    })
    other?.write(Buffer.from('yo'), 0, 2)
    await settle()
    other?.close()
    await settle()
    expect(heard).toEqual(['hi', 'closed'])
    expect(log).toEqual(['opened 7', 'data 7 yo', 'closed 7'])
    await carriers.closeAll()
  })

  it('says how a dial failed: by the transport, or because there is none', async () => {
    const { carriers, log } = await carrying()
    carriers.dial(1, 'memory://nobody', 1000)
    carriers.dial(2, 'tcp://127.0.0.1:1', 1000)
    carriers.dial(3, 'not an address', 1000)
    await settle()
    expect(log.sort()).toEqual(['failed 1 DIAL_FAILED', 'failed 2 UNSUPPORTED_RUNTIME', 'failed 3 INVALID_ARGUMENT'])
  })

  it('tells nothing of a link that was closed, not even of a dial that succeeds afterwards', async () => {
    let open: (carrier: Carrier) => void = () => undefined
    const { carriers, log } = await carrying({ dial: () => new Promise<Carrier>(resolve => (open = resolve)) })
    carriers.dial(1, 'memory://a', 1000)
    await settle()
    carriers.close(1, false)
    const closed: boolean[] = []
    open({ close: (abort?: boolean) => closed.push(abort === true) } as unknown as Carrier)
    await settle()
    expect(closed).toEqual([true])
    expect(log).toEqual([])
  })

  it('closing all waits for the last words to be taken', async () => {
    const { carriers, log, accepted } = await carrying()
    carriers.dial(1, 'memory://a', 1000)
    await settle()
    carriers.write(1, Buffer.from('bye'), 0, 3)
    let done = false
    const closing = carriers.closeAll().then(() => (done = true))
    await settle()
    expect(done).toBe(false)
    const heard: string[] = []
    accepted[0]?.bind({
      onData: (buffer, from, to) => heard.push(Buffer.from(buffer.subarray(from, to)).toString()),
      onDrain: () => undefined,
      onClose: () => undefined,
    })
    await closing
    expect(heard).toEqual(['bye'])
    expect(carriers.count).toBe(0)
    expect(log).toEqual(['opened 1'])
  })
})

describe('failures', () => {
  it('go to plain data and back without loss', () => {
    const error = new HyphaeError('RATE_LIMITED', 'slow down', {
      retryable: true,
      remedy: 'wait',
      details: { retryAfterMs: 5 },
    })
    const back = errorOf(failureOf(error, 'INTERNAL'))
    expect({ ...back, message: back.message }).toEqual({ ...error, message: error.message })
    expect(errorOf({ code: 'TIMEOUT', text: 'late' })).toMatchObject({ code: 'TIMEOUT', retryable: false })
  })

  it('foreign errors get a code and keep their text and cause', () => {
    expect(failureOf(new Error('x'), 'DIAL_FAILED')).toEqual({ code: 'DIAL_FAILED', text: 'x' })
    expect(failureOf('y', 'INTERNAL').text).toBe('y')
    const cause = new Error('x')
    expect(hyphaeError(cause, 'STORE_FAILED', 'the store failed')).toMatchObject({
      code: 'STORE_FAILED',
      message: 'the store failed: x',
      cause,
    })
    const own = new HyphaeError('TIMEOUT', 'late')
    expect(hyphaeError(own, 'INTERNAL', 'never')).toBe(own)
  })
})
