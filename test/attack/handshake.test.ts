import { beforeAll, describe, expect, it } from 'vitest'
import { LIMITS } from '../../src/core/limits.js'
import { M1, M2, PACKET, STALE, VERSION_REJECT } from '../../src/wire/handshake.js'
import { Hostile } from './support.js'
import { closeNodesAfterEach, until } from '../node/api/support.js'
import { expectUnmoved, startVictim } from './victim.js'

/** What came of bytes on a carrier of their own. */
interface Outcome {
  readonly sent: number
  readonly replied: number
  readonly closed: boolean
  readonly ms: number
  readonly type: number | undefined
}

const SILENCE = { replied: 0, closed: true }

let hostile: Hostile
beforeAll(() => {
  hostile = Hostile.start()
})
closeNodesAfterEach()

describe.each(['tcp', 'ws'] as const)('a hostile dialler, over %s', scheme => {
  it('[§6.1] [§6.2] [§6.4] keys and ciphertexts that are none: closed without a byte, alike, over sockets', async () => {
    const victim = await startVictim()
    const address = victim[scheme]
    expect(await hostile.run('oversizedCoefficient', { address })).toMatchObject(SILENCE)
    expect(await hostile.run('flippedCiphertext', { address })).toMatchObject(SILENCE)
    for (const outcome of await hostile.run<Outcome[]>('lowOrder', { address })) expect(outcome).toMatchObject(SILENCE)
    expect(victim.connects).toHaveLength(1)
    await expectUnmoved(victim)
  })

  it('[§6.3] wrong lengths: refused before any cryptography, or waited for and given up, over sockets', async () => {
    const victim = await startVictim({ handshakeTimeoutMs: 700 })
    const { kemOperations } = victim.node.diagnostics()
    const outcomes = await hostile.run<Record<string, Outcome>>('wrongLengths', { address: victim[scheme] })
    const { long, ...rest } = outcomes
    for (const outcome of Object.values(rest)) expect(outcome).toMatchObject(SILENCE)
    expect(outcomes['short'].ms).toBeGreaterThan(400)
    for (const label of ['early', 'chain', 'unknown']) expect(outcomes[label].ms).toBeLessThan(400)
    // What follows a first message is records; nobody opens these, so the session ends unconfirmed.
    expect(long).toMatchObject({ replied: M2.bytes, closed: true })
    expect(victim.node.diagnostics().kemOperations).toBe(kemOperations + 3)
    await expectUnmoved(victim)
  })

  it('[§6.9] [C69] bad mac1 and garbage: silence, and no KEM operation, over sockets', async () => {
    const victim = await startVictim({ handshakeTimeoutMs: 700 })
    const { kemOperations } = victim.node.diagnostics()
    const address = victim[scheme]
    const outcomes = await hostile.run<Outcome[]>('badMac', { address, count: 20 })
    expect(outcomes).toHaveLength(20)
    for (const outcome of outcomes) expect(outcome).toMatchObject(SILENCE)
    for (const outcome of await hostile.run<Outcome[]>('noPackets', { address, count: 16 }))
      expect(outcome).toMatchObject(SILENCE)
    expect(victim.node.diagnostics().kemOperations).toBe(kemOperations)
    expect(victim.alarms.filter(alarm => alarm === 'handshake HANDSHAKE_FAILED').length).toBeGreaterThan(20)
    await expectUnmoved(victim)
  })

  it('[§6.10] a flood of first messages: held to the rate of its host, each reply at most as long, over sockets', async () => {
    const rates = { maxConnectionsPerHost: 1000, hostRate: { perSecond: 1, burst: 12 } }
    const victim = await startVictim({ admission: rates })
    const { kemOperations } = victim.node.diagnostics()
    const outcomes = await hostile.run<Outcome[]>('flood', { address: victim[scheme], count: 30 })
    const answered = outcomes.filter(outcome => outcome.replied > 0)
    expect(answered.length).toBeGreaterThan(5)
    // 12 at once, the friend's and the one that asked for the certificate among them, and one a second.
    expect(answered.length).toBeLessThanOrEqual(16)
    for (const { sent, replied } of answered) expect(replied).toBeLessThanOrEqual(sent)
    expect(victim.node.diagnostics().kemOperations - kemOperations).toBe(3 * answered.length)
    expect(victim.alarms).toContain('admission RATE_LIMITED')
    await expectUnmoved(victim)
  })

  it('[§6.10] hints asked for without end on one carrier: a few short ones, then it is closed, over sockets', async () => {
    const victim = await startVictim()
    const { kemOperations } = victim.node.diagnostics()
    const outcome = await hostile.run<{ replied: number; closed: boolean }>('hints', {
      address: victim[scheme],
      count: 200,
    })
    expect(outcome.closed).toBe(true)
    expect(outcome.replied).toBeLessThanOrEqual(LIMITS.maxHandshakePackets * STALE.bytes)
    expect(victim.node.diagnostics().kemOperations).toBe(kemOperations)
    expect(await hostile.run('certificatesTwice', { address: victim[scheme] })).toEqual({
      first: true,
      second: false,
      closed: true,
    })
    const unknown = await hostile.run<Outcome[]>('attachUnknown', { address: victim[scheme], count: 10 })
    for (const { sent, replied, type } of unknown) {
      expect(type).toBe(PACKET.attachUnknown)
      expect(replied).toBeLessThanOrEqual(sent)
    }
    await expectUnmoved(victim)
  })

  it('[§6.11] a replayed first message: silence before the KEM; a forged one changes nothing, over sockets', async () => {
    const victim = await startVictim()
    const { kemOperations } = victim.node.diagnostics()
    const { first, second } = await hostile.run<Record<string, Outcome>>('replay', { address: victim[scheme] })
    expect([first.replied, first.closed]).toEqual([M2.bytes, false])
    expect(second).toMatchObject(SILENCE)
    expect(victim.node.diagnostics().kemOperations).toBe(kemOperations + 3)
    await expectUnmoved(victim)
  })

  it('[§6.11] [§6.14] messages in the name of a connected peer: it keeps its session and hears nothing, over sockets', async () => {
    const victim = await startVictim()
    const told: string[] = []
    for (const type of ['peer:disconnect', 'peer:connect', 'peer:carrier'] as const)
      victim.node.on(type, () => told.push(type))
    // An impostor at an address of its own hears whom the friend says it is.
    const friend = await announced(victim.friend, hostile)
    const outcome = await hostile.run<Record<string, Outcome>>('forged', { address: victim[scheme], friend })
    expect(outcome['planted'].closed).toBe(true)
    // Nobody who has not the friend's key can read the answer or go on; the session stays unconfirmed and is given up.
    expect(outcome['forged'].replied).toBeLessThanOrEqual(M2.bytes)
    expect(told).toEqual([])
    await expectUnmoved(victim)
  })

  it('[§6.12] edited headers and offers with nothing in common: closed without a session, over sockets', async () => {
    const victim = await startVictim()
    const outcomes = await hostile.run<Record<string, Outcome>>('edited', { address: victim[scheme] })
    for (const [label, { sent, replied, closed }] of Object.entries(outcomes)) {
      // An unknown certificate and another version get a hint that nobody signed; all others get nothing.
      const hint = label === 'tag' ? STALE.bytes : label === 'version' || label === 'suite' ? VERSION_REJECT.bytes : 0
      expect({ label, replied }).toEqual({ label, replied: hint })
      expect(closed || label === 'tag').toBe(true)
      expect(replied).toBeLessThan(sent)
    }
    await expectUnmoved(victim)
  })

  it('[§6.16] its own message reflected: silence, over sockets', async () => {
    const victim = await startVictim()
    expect(await hostile.run('reflected', { address: victim[scheme] })).toMatchObject(SILENCE)
    await expectUnmoved(victim)
  })

  it('[§6.17] a ticket shown twice: opened once, then a hint, and a full handshake works, over sockets', async () => {
    const victim = await startVictim()
    const { once, twice, works } = await hostile.run<{ once: Outcome; twice: Outcome; works: boolean }>('ticketTwice', {
      address: victim[scheme],
    })
    expect([once.type, twice.type, works]).toEqual([PACKET.resumed, PACKET.ticketUnknown, true])
    expect(twice.replied).toBeLessThan(twice.sent)
    await expectUnmoved(victim, 1)
  })

  it('a clock that is off by more than 90 s: answered with CLOCK and closed', async () => {
    const victim = await startVictim()
    expect(await hostile.run('clock', { address: victim[scheme], skewMs: 91_000 })).toEqual({ status: 1, closed: true })
    expect(await hostile.run('clock', { address: victim[scheme], skewMs: -91_000 })).toEqual({
      status: 1,
      closed: true,
    })
    await expectUnmoved(victim)
  })

  it('[§6.11] sessions whose initiator proves nothing: no event, given up in time, over sockets', async () => {
    const victim = await startVictim({ handshakeTimeoutMs: 800 })
    const closed = await hostile.run<boolean[]>('unconfirmed', { address: victim[scheme], count: 8, holdMs: 2500 })
    expect(closed).toEqual(Array(8).fill(true))
    await until(() => victim.node.diagnostics().carriers === 1)
    await expectUnmoved(victim)
  })
})

/** What a node shows of itself to whoever it dials: its certificate's hash and key, as an observer could learn them. */
async function announced(node: Awaited<ReturnType<typeof startVictim>>['friend'], process: Hostile) {
  const { address } = await process.run<{ address: string }>('impostor', { mode: 'selects:honest' })
  await node.connect(address, { timeoutMs: 1500 }).catch(() => undefined)
  const { claims } = await process.run<{ claims: { certHash: Uint8Array; publicKey: Uint8Array } }>('heardBy', {
    address,
  })
  expect([claims.certHash.length, claims.publicKey.length]).toEqual([32, M1.ephemeralKeyEnd - M1.ephemeralKey])
  return claims
}
