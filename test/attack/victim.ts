import { expect } from 'vitest'
import type { HyphaeNode } from '../../src/node/api/node.js'
import type { NodeOptions } from '../../src/node/api/options.js'
import { next, start } from '../node/api/support.js'

/** A node that is attacked, with a peer that only wants to be served. */
export interface Victim {
  readonly node: HyphaeNode
  readonly tcp: string
  readonly ws: string
  readonly friend: HyphaeNode
  /** Peers that were told as connected, the friend included. */
  readonly connects: string[]
  /** Kinds and codes of what was told as an error. */
  readonly alarms: string[]
  /** Requests that reached a handler. */
  readonly handled: { slow: number; streams: number }
  /** Lets handlers of `slow` end. */
  release(): void
}

/** Starts one on real sockets, with a friend on a session of its own. */
export async function startVictim(options: NodeOptions = {}): Promise<Victim> {
  const node = await start({
    listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'],
    admission: { exemptLoopback: true },
    ...options,
  })
  const connects: string[] = []
  const alarms: string[] = []
  const handled = { slow: 0, streams: 0 }
  let releases: (() => void)[] = []
  node.on('peer:connect', event => connects.push(event.peer))
  node.on('error', event => alarms.push(`${event.kind} ${event.error.code}`))
  node.handle('echo', body => body)
  node.handle('large', size => new Uint8Array(Number(size)))
  node.handle('slow', () => {
    handled.slow++
    return new Promise<void>(resolve => releases.push(resolve))
  })
  for (const name of ['silent', 'slow']) {
    node.handleStream(name, () => {
      handled.streams++
      return new Promise<void>(resolve => releases.push(resolve))
    })
  }
  const friend = await start()
  const arrived = next(node, 'peer:connect')
  await friend.connect(`${node.addresses[0]}#${node.id}`)
  await arrived
  const release = (): void => {
    for (const one of releases) one()
    releases = []
  }
  return { node, tcp: node.addresses[0], ws: node.addresses[1], friend, connects, alarms, handled, release }
}

/** What an attack must not have changed: the friend is served, and nobody else got in. */
export async function expectUnmoved(victim: Victim, others = 0): Promise<void> {
  expect(await victim.friend.request(victim.node.id, 'echo', 'still here', { timeoutMs: 5_000 })).toBe('still here')
  expect(new Set(victim.connects).size).toBe(1 + others)
}
