import { beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_MUX_LIMITS } from '../../src/protocols/mux/config.js'
import { encodeMsgpack } from '../../src/wire/msgpack.js'
import { closeNodesAfterEach } from '../node/api/support.js'
import { Hostile } from './support.js'
import { expectUnmoved, startVictim } from './victim.js'

/** How the victim ended a session, by its CLOSE record if it sent one. */
interface End {
  readonly accepted?: boolean
  readonly closed?: boolean
  readonly code?: number
  readonly reason?: string
}

const CODE = { violation: 1, certificate: 2, expired: 3, rotation: 11, signature: 14 }

let hostile: Hostile
beforeAll(() => {
  hostile = Hostile.start()
})
closeNodesAfterEach()

describe('chains that must not be believed', () => {
  it('[§6.5] [§6.6] [§6.7] [§6.8] [§6.14] [§6.20] spoilt, foreign or out of time: refused with a reason and no event, over sockets', async () => {
    const victim = await startVictim()
    const outcomes = await hostile.run<Record<string, End>>('badChains', { address: victim.tcp })
    const codes = Object.fromEntries(Object.entries(outcomes).map(([label, { code }]) => [label, code]))
    expect(codes).toEqual({
      smallOrder: CODE.signature,
      latticeHalf: CODE.signature,
      classicalHalf: CODE.signature,
      context: CODE.signature,
      hints: CODE.signature,
      expired: CODE.expired,
      future: CODE.certificate,
      network: CODE.certificate,
      tooLong: CODE.certificate,
      planted: CODE.certificate,
    })
    for (const outcome of Object.values(outcomes)) expect(outcome).toMatchObject({ accepted: false, closed: true })
    expect(victim.alarms.filter(alarm => alarm.startsWith('certificate')).length).toBeGreaterThanOrEqual(9)
    await expectUnmoved(victim)
  })

  it('[§6.20] an older certificate after a newer one: refused, over sockets', async () => {
    const victim = await startVictim()
    const { newer, older } = await hostile.run<Record<string, End>>('lowerSeq', { address: victim.ws })
    expect(newer.accepted).toBe(true)
    expect(older).toMatchObject({ accepted: false, closed: true })
    await expectUnmoved(victim, 1)
  })

  it('[§6.21] rotations that were not announced, and two of one number: refused, with an alarm, over sockets', async () => {
    const victim = await startVictim()
    const outcomes = await hostile.run<Record<string, End>>('rotations', { address: victim.tcp })
    expect(outcomes['honest'].accepted).toBe(true)
    for (const label of ['unannounced', 'wrongKey', 'fork', 'after']) {
      expect({ label, ...outcomes[label] }).toMatchObject({ label, accepted: false, closed: true, code: CODE.rotation })
    }
    expect(victim.alarms).toContain('certificate ROTATION_INVALID')
    await expectUnmoved(victim, 1)
  })

  it('[§6.15] the chain of somebody else, and words before any: closed, over sockets', async () => {
    const victim = await startVictim()
    expect(await hostile.run('swappedChain', { address: victim.ws })).toMatchObject({
      accepted: false,
      closed: true,
      code: 2,
    })
    expect(await hostile.run('dataBeforeChain', { address: victim.tcp })).toMatchObject({
      closed: true,
      ended: { code: 1 },
    })
    expect(await hostile.run('endlessChain', { address: victim.tcp })).toMatchObject({
      closed: true,
      ended: { code: 1 },
    })
    await expectUnmoved(victim)
  })

  it('a first message of another network: not even looked at', async () => {
    const victim = await startVictim()
    const { kemOperations } = victim.node.diagnostics()
    expect(await hostile.run('otherNetwork', { address: victim.tcp })).toMatchObject({ answered: false })
    expect(victim.node.diagnostics().kemOperations).toBe(kemOperations)
    await expectUnmoved(victim)
  })
})

describe('an authenticated peer that breaks the protocol', () => {
  it('[§6.18] records replayed, swapped, changed or out of place: the carrier or the session ends, over sockets', async () => {
    const victim = await startVictim()
    const outcomes = await hostile.run<Record<string, End>>('records', { address: victim.tcp })
    for (const [label, outcome] of Object.entries(outcomes))
      expect({ label, ...outcome }).toMatchObject({ label, closed: true })
    // What does not open ends the carrier without a word; what opens and is out of place ends the session.
    for (const label of ['replayed', 'swapped', 'changed', 'phase', 'short'])
      expect(outcomes[label].code).toBeUndefined()
    // After the answer to the first ratchet its keys are others; the end is seen, its reason is not read here.
    for (const label of ['type', 'ack']) expect(outcomes[label].code).toBe(CODE.violation)
    await expectUnmoved(victim, 8)
  })

  it('[C48] every limit of streams and lanes holds one past it, at the cost of that session alone', async () => {
    const victim = await startVictim({ streamWindowBytes: 65_536, maxConcurrentStreams: 16 })
    const { maxStreams, maxStreamBytes } = { ...DEFAULT_MUX_LIMITS, maxStreams: 16, maxStreamBytes: 65_536 }
    const options = { address: victim.ws, limits: { maxStreams, maxStreamBytes } }
    const outcomes = await hostile.run<Record<string, End>>('frames', options)
    for (const [label, { code, closed }] of Object.entries(outcomes)) {
      expect({ label, code, closed }).toEqual({ label, code: CODE.violation, closed: true })
    }
    expect(Object.keys(outcomes)).toHaveLength(18)
    victim.release()
    await expectUnmoved(victim, 18)
  })

  it('[§6.40] bodies that want much of a decoder: refused as MALFORMED in bounded memory, the session lives, over sockets', async () => {
    const victim = await startVictim()
    const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
    const deep = new Uint8Array(100_000).fill(0x91)
    const items = new Uint8Array(1_000_010).fill(0xc0)
    items.set([0xdd, 0x00, 0x0f, 0x42, 0x45])
    const bodies = [
      bytes('82a16101a16102'),
      bytes('81a95f5f70726f746f5f5f80'),
      deep.subarray(0, 20_000),
      bytes('dbffffffff61'),
      bytes('c6ffffffff'),
      bytes('ddffffffff'),
      bytes('dfffffffff'),
      bytes('81c001'),
      bytes('c1'),
      bytes('d9'),
      items.subarray(0, 50_000),
      encodeMsgpack('x').subarray(0, 1),
    ]
    const before = process.memoryUsage()
    const { codes, lives } = await hostile.run<{ codes: boolean[]; lives: boolean }>('bodies', {
      address: victim.tcp,
      bodies,
    })
    expect(codes).toEqual(bodies.map(() => true))
    expect(lives).toBe(true)
    expect(process.memoryUsage().rss - before.rss).toBeLessThan(128 * 1024 * 1024)
    await expectUnmoved(victim, 1)
  })
})
