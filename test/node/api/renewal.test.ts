import { describe, expect, it } from 'vitest'
import { Renewal } from '../../../src/node/api/credentials.js'
import type { LocalCredentials } from '../../../src/protocols/handshake/context.js'
import { identities } from '../../../src/platform/node.js'
import { ManualClock } from '../../transports/support.js'

const HOUR = 3_600_000
const settle = () => new Promise(resolve => setImmediate(resolve))

function renewing(lifetimeMs = 3 * HOUR, identity = identities.create()) {
  const clock = new ManualClock()
  const used: LocalCredentials[] = []
  const errors: string[] = []
  const renewal = new Renewal({
    identity,
    networkId: new Uint8Array(32),
    lifetimeMs,
    clock,
    use: credentials => used.push(credentials),
    onError: error => errors.push(error.code),
  })
  const pass = async (ms: number, wallMs = ms) => {
    clock.wallMs += wallMs
    clock.advance(ms)
    await settle()
  }
  return { clock, used, errors, renewal, pass, identity }
}

describe('renewal of the operating certificate', () => {
  it('comes after two thirds of its life, with a fresh key and a higher end', async () => {
    const { used, renewal, pass, identity } = renewing()
    const first = await renewal.first()
    expect(first.peerId).toBe(identity.id)
    renewal.start()
    for (let i = 0; i < 11; i++) await pass(HOUR / 6)
    expect(used).toHaveLength(0)
    await pass(HOUR / 6)
    expect(used).toHaveLength(1)
    expect(used[0]?.certHash).not.toEqual(first.certHash)
    expect(used[0]?.decapsulator.publicKey).not.toEqual(first.decapsulator.publicKey)
    expect((used[0]?.notAfterMs ?? 0) - first.notAfterMs).toBe(2 * HOUR)
    for (let i = 0; i < 12; i++) await pass(HOUR / 6)
    expect(used).toHaveLength(2)
  })

  it('notices that the machine slept, and that its clock was set back', async () => {
    const { used, renewal, pass } = renewing()
    await renewal.first()
    renewal.start()
    await pass(HOUR / 6, 5 * HOUR)
    expect(used).toHaveLength(1)
    await pass(HOUR / 6, -10 * HOUR)
    expect(used).toHaveLength(2)
  })

  it('is tried again where the signer fails, and stops when told to', async () => {
    const { used, errors, renewal, pass, identity, clock } = renewing()
    await renewal.first()
    renewal.start()
    const issue = identity.issue.bind(identity)
    identity.issue = () => Promise.reject(new Error('the HSM is unplugged'))
    await pass(HOUR / 6, 2 * HOUR)
    expect(errors).toEqual(['CERTIFICATE_EXPIRED'])
    identity.issue = issue
    await pass(60_000)
    expect(used).toHaveLength(1)
    renewal.stop()
    expect(clock.pending).toBe(0)
  })
})
