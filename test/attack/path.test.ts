import { beforeAll, describe, expect, it } from 'vitest'
import { HyphaeError } from '../../src/core/errors.js'
import { peerIdFromBytes } from '../../src/core/ids.js'
import type { HyphaeNode } from '../../src/node/api/node.js'
import { LIMITS } from '../../src/core/limits.js'
import { closeNodesAfterEach, next, start } from '../node/api/support.js'
import { Hostile } from './support.js'
import { expectUnmoved, startVictim, type Victim } from './victim.js'

let hostile: Hostile
beforeAll(() => {
  hostile = Hostile.start()
})
closeNodesAfterEach()

/** How a dial ended: the code of its failure, or `connected`. */
async function outcome(node: HyphaeNode, target: string, timeoutMs = 1200): Promise<string> {
  return node.connect(target, { timeoutMs }).then(
    () => 'connected',
    (error: unknown) => (error instanceof HyphaeError ? error.code : String(error)),
  )
}

/** The chain that a node shows, as everybody can ask for it. */
async function chainOf(victim: Victim): Promise<Uint8Array> {
  return hostile.run<Uint8Array>('chainAt', { address: victim.tcp })
}

async function relayBefore(victim: Victim): Promise<{ address: string; modes: string[] }> {
  return hostile.run('relay', { address: victim.tcp, chain: await chainOf(victim) })
}

describe('an impostor at an address', () => {
  it('[§6.3] [§6.12] [§6.13] [§6.14] whatever it answers, no session comes about, and none below version 1, over sockets', async () => {
    const modes = ['versionReject', 'higherVersion', 'hugeChain', 'garbage', 'reflect', 'otherChain', 'stale', 'silent']
    for (const selection of ['cipher', 'ciphers', 'noCipher', 'features', 'version', 'below', 'range'])
      modes.push(`selects:${selection}`)
    const before = process.memoryUsage().rss
    await Promise.all(
      modes.map(async mode => {
        const node = await start()
        let connected = 0
        node.on('peer:connect', () => connected++)
        const { address, peerId } = await hostile.run<{ address: string; peerId: Uint8Array }>('impostor', { mode })
        const named = await outcome(node, `${address}#${peerIdFromBytes(peerId)}`)
        const bare = await outcome(node, address, 600)
        expect({ mode, connected, refused: ![named, bare].includes('connected') }).toEqual({
          mode,
          connected: 0,
          refused: true,
        })
        // It is not dialled for ever, nor talked to for ever: a dial is a few packets.
        const { heard } = await hostile.run<{ heard: number }>('heardBy', { address })
        expect(heard).toBeLessThan(LIMITS.maxHandshakePackets * 4000)
      }),
    )
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024)
    await hostile.run('stopListening')
  })

  it('[§6.14] [§6.15] shows the certificate of another, with and without its key: refused, over sockets', async () => {
    const victim = await startVictim()
    const chain = await chainOf(victim)
    const dialler = await start()
    const planted = await hostile.run<{ address: string }>('impostor', { mode: 'planted', chain })
    expect(await outcome(dialler, `${planted.address}#${victim.node.id}`)).toBe('HANDSHAKE_FAILED')
    const other = await hostile.run<{ address: string }>('impostor', { mode: 'otherChain' })
    expect(await outcome(await start(), `${other.address}#${victim.node.id}`)).toBe('IDENTITY_MISMATCH')
    await hostile.run('stopListening')
    await expectUnmoved(victim)
  })
})

describe('a process on the path', () => {
  it('[§6.12] [§6.15] [C47] [C69] edits, strips, swaps, replays, reorders or cuts what passes: no session, and honest again it works, over sockets', async () => {
    const victim = await startVictim({ advertise: [] })
    const { address, modes } = await relayBefore(victim)
    expect(modes.length).toBeGreaterThan(30)
    const target = `${address}#${victim.node.id}`
    const seen: Record<string, string> = {}
    for (const mode of modes) {
      const dialler = await start({ connectionTimeoutMs: 1000 })
      await hostile.run('relayMode', { address, mode })
      const first = await outcome(dialler, target, mode.includes('truncated') || mode.includes('stripped') ? 150 : 400)
      if (first === 'connected') {
        // Records come behind the handshake: the session is there, and not one request gets through it.
        const answer = dialler.request(victim.node.id, 'echo', 'x', { timeoutMs: 150 })
        seen[mode] = await answer.then(
          () => 'answered',
          (error: HyphaeError) => error.code,
        )
      } else seen[mode] = first
      await dialler.close({ timeoutMs: 0 })
    }
    const passed = Object.entries(seen).filter(([, code]) => code === 'connected' || code === 'answered')
    // The first answer of a relay that repeats former ones is an honest one; of a record that comes twice the first is
    // genuine, the second ends the carrier, and the session goes on over the next.
    expect(passed.map(([mode]) => mode).filter(mode => mode !== 'm2:former' && mode !== 'record:doubled')).toEqual([])
    expect(victim.alarms.length).toBeGreaterThan(0)
    await hostile.run('relayMode', { address, mode: 'honest' })
    const honest = await start()
    await honest.connect(target)
    expect(await honest.request(victim.node.id, 'echo', 'at last')).toBe('at last')
    await hostile.run('stopListening')
    expect(await victim.friend.request(victim.node.id, 'echo', 1)).toBe(1)
  })

  it('[§6.21] [C42] cuts a change of carrier after any byte: nothing is lost, nothing doubled, over sockets', async () => {
    const victim = await startVictim({ advertise: [] })
    const { address } = await relayBefore(victim)
    const got: number[] = []
    victim.node.handle('count', n => void got.push(Number(n)))
    const cuts = [1, 16, 63, 64, 65, 119, 120, 121, 151, 152, 153, 200]
    for (const cutAfter of cuts) {
      const dialler = await start()
      await dialler.connect(`${address}#${victim.node.id}`)
      let ended = 0
      dialler.on('peer:disconnect', () => ended++)
      const lost = next(dialler, 'peer:carrier')
      await hostile.run('relayMode', { address, cutAfter })
      await lost
      const sent = dialler.send(victim.node.id, 'count', cutAfter, { qos: 2 })
      expect(await sent.acknowledged).toBe('acknowledged')
      expect(ended).toBe(0)
      await dialler.close({ timeoutMs: 0 })
    }
    expect(got).toEqual(cuts)
    await hostile.run('stopListening')
  })
})
