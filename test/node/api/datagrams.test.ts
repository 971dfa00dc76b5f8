import { describe, expect, it } from 'vitest'
import { closeNodesAfterEach, next, pair, start } from './support.js'

closeNodesAfterEach()

describe('datagrams', () => {
  it('arrive as events, at most of the size the peer takes, and never without a session', async () => {
    const [a, b] = await pair()
    const heard = next(a, 'datagram')
    expect(b.datagram(a.id, Uint8Array.of(1, 2, 3))).toBe(true)
    expect(await heard).toEqual({ type: 'datagram', peer: b.id, body: Uint8Array.of(1, 2, 3) })
    const largest = next(a, 'datagram')
    expect(b.datagram(a.id, new Uint8Array(8192))).toBe(true)
    expect((await largest).body.length).toBe(8192)
    expect(b.datagram(a.id, new Uint8Array(8193))).toBe(false)
    const stranger = await start()
    expect(stranger.datagram(a.id, Uint8Array.of(1))).toBe(false)
  })
})
