import { describe, expect, it } from 'vitest'
import { isHyphaeError } from '../../../src/core/errors.js'
import type { NodeOptions } from '../../../src/node/api/options.js'
import { checkOptions } from '../../../src/node/api/validate.js'
import { createNode } from '../../../src/platform/node.js'
import { createMemoryNetwork } from '../../../src/transports/memory.js'
import { closeNodesAfterEach, start } from './support.js'

closeNodesAfterEach()

/** A wrong value of each option, and a part of what its error must say is allowed. */
const WRONG: readonly (readonly [key: keyof NodeOptions, value: unknown, expected: string])[] = [
  ['identity', 'me', 'an object'],
  ['store', '', 'an object'],
  ['network', '', '1 to 255 bytes'],
  ['network', 'n'.repeat(256), '1 to 255 bytes'],
  ['listen', 'ws://127.0.0.1:0', 'an array'],
  ['advertise', {}, 'an array'],
  ['bootstrap', 7, 'an array'],
  ['transports', ['tcp'], 'a function'],
  ['isPublic', 'yes', 'true or false'],
  ['agent', '', '1 to 64 bytes'],
  ['maxPeers', 0, '1 to 100000'],
  ['maxPeers', 100_001, '1 to 100000'],
  ['connectionTimeoutMs', 9, '10 to 600000'],
  ['connectionTimeoutMs', 600_001, '10 to 600000'],
  ['connectionTimeoutMs', 1.5e3 + 0.5, '10 to 600000'],
  ['handshakeTimeoutMs', Infinity, '10 to 600000'],
  ['maxIdleTimeoutMs', -1, '0 to 86400000'],
  ['keepAliveIntervalMs', NaN, '0 to 3600000'],
  ['pingTimeoutMs', '10', '10 to 600000'],
  ['requestTimeoutMs', 0, '1 to 86400000'],
  ['maxConcurrentStreams', -1, '0 to 65536'],
  ['streamWindowBytes', 16_383, '16384 to'],
  ['sessionWindowBytes', 16_383, '16384 to'],
  ['maxMessageBytes', 1023, '1024 to 67108864'],
  ['maxMessageBytes', 67_108_865, '1024 to 67108864'],
  ['maxQueuedMessages', 0, '1 to 16777216'],
  ['maxQueuedBytes', 0, '1 to 4294967296'],
  ['maxConcurrentRequests', 65_537, '0 to 65536'],
  ['maxBatchMessages', 0, '1 to 65536'],
  ['batchDelayMs', 10_001, '0 to 10000'],
  ['compress', 1, 'true or false'],
  ['compressionThresholdBytes', 0, '1 to 67108864'],
  ['certificateLifetimeMs', 59_999, '60000 to 604710000'],
  ['certificateLifetimeMs', 604_710_001, '60000 to 604710000'],
  ['maxQueuedEvents', 0, '1 to 1048576'],
  ['allow', 'everybody', 'an array'],
  ['deny', [1], 'a peer id'],
  ['gate', true, 'a function'],
  ['admission', null, 'an object'],
  ['logger', 'console', 'an object'],
]

function refusalOf(options: object): Record<string, unknown> {
  try {
    checkOptions(options)
  } catch (error) {
    if (isHyphaeError(error, 'INVALID_CONFIG'))
      return { ...error.details, message: error.message, remedy: error.remedy }
    throw error
  }
  throw new Error('it was taken')
}

describe('configuration', () => {
  it.each(WRONG)('[E2] refuses a wrong %s (%o), naming key, value and range', (key, value, expected) => {
    const refusal = refusalOf({ [key]: value })
    expect(String(refusal['key']).startsWith(key)).toBe(true)
    expect(refusal['message']).toContain(key)
    expect(refusal['expected']).toContain(expected)
    expect(refusal['remedy']).toContain(key)
  })

  it('[E2] has a wrong value in its list for every option, and takes every default by name', () => {
    const listed = new Set(WRONG.map(([key]) => key))
    let unknown = 0
    for (const key of listed) {
      expect(() => checkOptions({ [key]: undefined }), key).not.toThrow()
      unknown += refusalOf({ [`${key}x`]: 1 })['key'] === `${key}x` ? 1 : 0
    }
    expect(unknown).toBe(listed.size)
  })

  it('[E2] says which item of a list is wrong, and why', () => {
    const refusal = refusalOf({ listen: ['ws://127.0.0.1:0', 'http//x'] })
    expect(refusal).toMatchObject({ key: 'listen[1]', value: 'http//x' })
    expect(refusal['expected']).toContain('no scheme')
    expect(refusalOf({ bootstrap: ['tcp://127.0.0.1:1#nobody'] })['expected']).toContain('not a peer id')
  })

  it('[E2] refuses unknown keys and suggests the nearest one', () => {
    expect(refusalOf({ maxPeer: 3 })['message']).toBe('there is no option "maxPeer"; did you mean maxPeers?')
    expect(refusalOf({ toString: 3 })['key']).toBe('toString')
    expect(refusalOf({ entirelyDifferentThing: 3 })['expected']).toBeUndefined()
  })

  it('[E2] refuses a session window narrower than a stream window', () => {
    const refusal = refusalOf({ streamWindowBytes: 1_048_576, sessionWindowBytes: 65_536 })
    expect(refusal).toMatchObject({ key: 'sessionWindowBytes', value: 65_536 })
  })

  it('[E2] rejects from createNode, and leaves no listener behind where a later address cannot be bound', async () => {
    await expect(createNode({ maxPeers: -1 })).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
    const network = createMemoryNetwork()
    const transports = [network.transport]
    const twice = ['memory://once', 'memory://once']
    await expect(createNode({ transports, listen: twice })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const node = await start({ transports, listen: ['memory://once'] })
    expect(node.addresses).toEqual(['memory://once'])
  })

  it('[E2] names the schemes there are where no transport serves an address', async () => {
    const refused = createNode({ listen: ['quic://127.0.0.1:0'] })
    await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED_RUNTIME', details: { scheme: 'quic' } })
    await expect(refused).rejects.toThrow(/quic:\/\//)
  })

  it('[E2] starts, stops and starts again at the same address', async () => {
    const first = await start({ listen: ['tcp://127.0.0.1:0'] })
    const [address] = first.addresses
    await first.close()
    await expect(first.request(first.id, 'x')).rejects.toMatchObject({ code: 'CLOSED' })
    const second = await start({ listen: [address] })
    expect(second.addresses).toEqual([address])
    await expect(Promise.all([second.close(), second.close()])).resolves.toHaveLength(2)
  })
})
