import { afterEach, describe, expect, it, vi } from 'vitest'
import type { LocalCredentials } from '../../src/protocols/handshake/context.js'
import { createSimulation, SeededRandom, type SimNode, type Simulation } from '../../src/sim/index.js'
import type { Chunk } from '../../src/sim/net/chunk.js'
import type { End } from '../../src/sim/net/end.js'
import { M1, PACKET } from '../../src/wire/handshake.js'
import { Ear } from './support/wire.js'

/** Writes down what travels to a node. */
function tap(sim: Simulation): { to: (node: SimNode) => Uint8Array[] } {
  const heard = new Map<string, Uint8Array[]>()
  const trace = sim.network.traceData.bind(sim.network)
  vi.spyOn(sim.network, 'traceData').mockImplementation((end: End, chunk: Chunk) => {
    const list = heard.get(end.host.name) ?? []
    list.push(chunk.buffer.slice(0, chunk.length))
    heard.set(end.host.name, list)
    trace(end, chunk)
  })
  return { to: node => heard.get(node.name) ?? [] }
}

const isM1 = (bytes: Uint8Array): boolean => bytes[0] === PACKET.m1 && bytes.length === M1.bytes

function meet(seed = 1): { sim: Simulation; a: SimNode; b: SimNode; wire: ReturnType<typeof tap> } {
  const sim = createSimulation({ seed })
  const wire = tap(sim)
  const [a, b] = sim.addNodes(2) as [SimNode, SimNode]
  a.connect(b)
  sim.run(1000)
  expect(a.isConnected(b) && b.isConnected(a)).toBe(true)
  return { sim, a, b, wire }
}

/** Credentials that show another's chain without holding its static key. */
function stolen(sim: Simulation, of: LocalCredentials): LocalCredentials {
  const own = sim.kem.keyPair(new SeededRandom('thief').fill(new Uint8Array(32))).decapsulator
  const decapsulator = {
    publicKey: of.decapsulator.publicKey,
    decapsulate: (ciphertext: Uint8Array, later: (secret: Uint8Array | undefined) => void) =>
      own.decapsulate(ciphertext, later),
    free: () => own.free(),
  }
  return { ...of, decapsulator }
}

afterEach(() => vi.restoreAllMocks())

describe('impostors', () => {
  it('[D6] another identity at the address of a peer is refused', () => {
    const sim = createSimulation()
    const a = sim.addNode('a')
    const mallory = sim.addNode('mallory')
    const b = sim.addNode('b')
    b.crash()
    mallory.listen('sim://b')
    const record = a.connect(b, 10_000)
    sim.run(15_000)
    expect(record).toMatchObject({ done: true, peer: undefined })
    expect(['IDENTITY_MISMATCH', 'CERTIFICATE_INVALID', 'HANDSHAKE_FAILED', 'DIAL_FAILED']).toContain(
      record.failure!.code,
    )
    expect(a.isConnected(b) || a.isConnected(mallory) || mallory.isConnected(a)).toBe(false)
  })

  it('[D6] one that shows the genuine certificate without its key is refused, dialled or dialling', () => {
    const sim = createSimulation()
    const genuine = sim.issue('b')
    const a = sim.addNode('a')
    const mallory = sim.addNode('mallory', { credentials: stolen(sim, genuine) })
    const dialled = a.connect({ address: mallory.address, peer: genuine.peerId }, 10_000)
    sim.run(15_000)
    expect(dialled.peer).toBeUndefined()
    expect(dialled.done).toBe(true)
    const dialling = mallory.connect(a, 10_000)
    sim.run(60_000)
    expect(dialling).toMatchObject({ done: true, peer: undefined })
    expect(a.sink.counts).toMatchObject({ connects: 0, messages: 0 })
    expect(a.sink.connected.size + mallory.sink.connected.size).toBe(0)
  })

  it('[D6] a certificate that its root did not sign is refused', () => {
    const sim = createSimulation()
    const a = sim.addNode('a')
    const b = sim.addNode('b')
    const root = sim.authority.root(new SeededRandom('another root'))
    const forged = sim.authority.issue(
      { ...root, secret: new Uint8Array(32) },
      new SeededRandom('x'),
      a.clock.now().wallMs,
    )
    const mallory = sim.addNode('mallory', { credentials: forged })
    mallory.connect(b, 5000)
    const record = a.connect({ address: mallory.address }, 5000)
    sim.run(40_000)
    expect(record).toMatchObject({ done: true, peer: undefined })
    expect(a.sink.connected.size + b.sink.connected.size).toBe(0)
  })
})

describe('captured handshakes', () => {
  it('[§6.11] a replayed M1 is dropped without a word and changes nothing', () => {
    const { sim, a, b, wire } = meet()
    const m1 = wire.to(b).find(isM1)!
    const before = { counts: { ...b.sink.counts }, kem: b.engine.diagnostics().kemOperations }
    const replayer = sim.network.addHost('replayer')
    const ear = new Ear(sim)
    const end = sim.network.dial(replayer, b.address, ear, 0, 5000)
    sim.runUntil(() => end.isOpen, 5000)
    end.write(m1, 0, m1.length)
    sim.run(5000)
    expect(ear.bytes).toHaveLength(0)
    expect(ear.events.at(-1)).toMatch(/^closed/)
    expect(b.engine.diagnostics().kemOperations).toBe(before.kem)
    expect(b.sink.counts).toEqual(before.counts)
    const answer = a.request(b, 'nobody')
    sim.run(1000)
    expect(answer.failure!.code).toBe('NO_HANDLER')
  })

  it("[§6.11] an M1 forged in another's name changes nothing for that peer", () => {
    const { sim, a, b } = meet()
    const credentials = stolen(sim, sim.issue('n0'))
    // The very certificate that b knows of a, from one who lacks its key.
    const known = b.engine.diagnostics().connections
    const forger = sim.addNode('forger', { credentials })
    const stream = a.openStream(b, 'live')!
    forger.connect(b, 5000)
    stream.write(Uint8Array.of(1, 2, 3))
    sim.run(60_000)
    expect(known).toBe(1)
    expect(forger.sink.counts.connects).toBe(0)
    expect(a.sink.counts).toMatchObject({ connects: 1, disconnects: 0, carrierChanges: 0 })
    expect(b.sink.counts).toMatchObject({ connects: 1, disconnects: 0, carrierChanges: 0 })
    expect(b.streams[0].received()).toEqual(Uint8Array.of(1, 2, 3))
    expect(b.engine.diagnostics().carriers).toBe(1)
  })

  it('[§6.16] an M1 reflected to its sender is refused', () => {
    const sim = createSimulation()
    const a = sim.addNode('a')
    const b = sim.addNode('b')
    // Mallory stands where b was and hands every byte back to its sender.
    const mallory = sim.network.addHost('mallory')
    let mirrored = 0
    sim.network.listen(mallory, 'sim://mirror', {
      accepted: end => {
        const out = new Ear(sim)
        const back = sim.network.dial(mallory, a.address, out, 0, 5000)
        out.onData = () => end.write(out.chunks.at(-1)!, 0, out.chunks.at(-1)!.length)
        const ear = new Ear(sim)
        const pass = (): void => {
          if (!back.isOpen) return
          for (const chunk of ear.chunks.splice(0)) {
            mirrored++
            back.write(chunk, 0, chunk.length)
          }
        }
        ear.onData = pass
        out.endOpen = pass
        end.bind(ear)
      },
    })
    // The peer whose certificate a already knows: M1 is the first thing it says.
    a.connect(b)
    sim.run(1000)
    a.disconnect(b)
    sim.run(1000)
    b.crash()
    const record = a.connect({ address: 'sim://mirror', peer: b.id }, 8000)
    const toSelf = a.connect({ address: 'sim://mirror' }, 8000)
    sim.run(60_000)
    expect(mirrored).toBeGreaterThan(0)
    expect(record).toMatchObject({ done: true, peer: undefined })
    expect(toSelf).toMatchObject({ done: true, peer: undefined })
    expect(a.sink.connected.size).toBe(0)
    expect(a.sink.counts.connects).toBe(1)
  })

  it('[§6.9] garbage and a wrong mac1 are dropped without a word and without any KEM operation', () => {
    const { sim, b, wire } = meet()
    const kem = b.engine.diagnostics().kemOperations
    const m1 = wire.to(b).find(isM1)!
    const damaged = m1.slice()
    damaged[M1.mac1] = damaged[M1.mac1] ^ 1
    for (const bytes of [
      damaged,
      new SeededRandom(1).fill(new Uint8Array(4000)),
      Uint8Array.of(PACKET.attach, 1, 1, 0),
    ]) {
      const ear = new Ear(sim)
      const end = sim.network.dial(sim.network.addHost(`x${bytes.length}/${bytes[0]}`), b.address, ear, 0, 5000)
      sim.runUntil(() => end.isOpen, 5000)
      end.write(bytes, 0, bytes.length)
      sim.run(20_000)
      expect(ear.bytes).toHaveLength(0)
      expect(ear.events.at(-1)).toMatch(/^closed/)
    }
    expect(b.engine.diagnostics().kemOperations).toBe(kem)
    expect(b.sink.counts).toMatchObject({ connects: 1, disconnects: 0 })
  })
})
