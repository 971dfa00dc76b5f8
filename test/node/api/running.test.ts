import { describe, expect, it } from 'vitest'
import type { HyphaeNode } from '../../../src/node/api/node.js'
import { Running } from '../../../src/node/api/running.js'
import type { PeerId } from '../../../src/core/ids.js'
import { closeNodesAfterEach, meet, until } from './support.js'

closeNodesAfterEach()

const turns = async (count = 20): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise(resolve => setImmediate(resolve))
}

/** Asks and gives up at once, again and again. */
async function askAndCancel(guest: HyphaeNode, host: PeerId, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    const given = new AbortController()
    const answer = guest.request(host, 'slow', new Uint8Array(1000), { signal: given.signal }).catch(() => undefined)
    await turns(2)
    given.abort()
    await answer
  }
}

describe('requests that are cancelled while handlers work on', () => {
  it('[C48] [C71] hold no more handlers than twice the limit, at the cost of their sender alone', async () => {
    const [host, guest, other] = await meet(3, { maxConcurrentRequests: 4 })
    let started = 0
    const releases: (() => void)[] = []
    host.handle('slow', () => {
      started++
      return new Promise<string>(resolve => releases.push(() => resolve('done')))
    })
    host.handle('quick', () => 'quick')
    await askAndCancel(guest, host.id, 30)
    expect(started).toBe(8)
    await expect(guest.request(host.id, 'slow')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    expect(await other.request(host.id, 'quick')).toBe('quick')
    const waiting = other.request(host.id, 'slow')
    await until(() => started === 9)
    for (const release of releases.splice(0)) release()
    expect(await waiting).toBe('done')
    await turns()
    const again = guest.request(host.id, 'slow')
    await until(() => releases.length === 1)
    releases[0]()
    expect(await again).toBe('done')
  })
})

describe('streams that are reset while their takers work on', () => {
  it('[C48] [C71] hold no more takers than twice the limit', async () => {
    const [host, guest, other] = await meet(3, { maxConcurrentStreams: 3 })
    let started = 0
    const releases: (() => void)[] = []
    host.handleStream('slow', () => {
      started++
      return new Promise<void>(resolve => releases.push(resolve))
    })
    for (let i = 0; i < 20; i++) {
      const stream = await guest.open(host.id, 'slow')
      await turns(2)
      stream.reset()
      await turns(2)
    }
    expect(started).toBe(6)
    const refused = await guest.open(host.id, 'slow')
    await expect(new Response(refused.readable).text()).rejects.toMatchObject({ details: { streamCode: 4 } })
    const taken = await other.open(host.id, 'slow')
    await until(() => started === 7)
    taken.reset()
    for (const release of releases.splice(0)) release()
    await turns()
    await guest.open(host.id, 'slow')
    await until(() => started === 8)
  })
})

describe('the count of handlers at work', () => {
  it('bounds number and bytes of each peer for itself, and forgets whoever has none', () => {
    const running = new Running(2, 100)
    const [a, b] = ['a', 'b'] as PeerId[]
    running.begin(a, 60)
    expect([running.hasRoom(a, 40), running.hasRoom(a, 41), running.hasRoom(b, 100)]).toEqual([true, false, true])
    running.begin(a, 0)
    expect([running.hasRoom(a), running.size]).toEqual([false, 1])
    running.end(a, 60)
    running.end(a, 0)
    running.end(a, 0)
    expect([running.hasRoom(a, 100), running.size]).toEqual([true, 0])
  })
})
