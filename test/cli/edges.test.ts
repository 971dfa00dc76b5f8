import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { Live } from '../../src/cli/demo/live.js'
import { Mesh } from '../../src/cli/demo/mesh.js'
import { orderedMessages } from '../../src/cli/demo/messages-step.js'
import { Lifeline } from '../../src/cli/demo/severable.js'
import { Tour } from '../../src/cli/demo/tour.js'
import { stopped } from '../../src/cli/stopping.js'
import type { Carrier, CarrierEvents, Transport, TransportPorts } from '../../src/index.js'
import { createNode } from '../../src/platform/node.js'
import { issue } from '../transports/certificates.js'
import { afterwards, directory, file, Inside, linesOf, soon } from './support.js'

async function server() {
  const node = await createNode({ listen: ['ws://127.0.0.1:0'] })
  afterwards(() => node.close({ timeoutMs: 0 }))
  return node
}

describe('corners of the verbs', () => {
  it('tests a port from inside, for people and programs', async () => {
    const { host, port } = new URL((await server()).addresses[0])
    const io = new Inside()
    expect(await io.run('ping', '--port', `tcp://${host}`)).toBe(0)
    const program = new Inside()
    expect(await program.run('ping', '--port', host, '--json')).toBe(0)
    expect(linesOf(program.stdout)).toMatchObject([{ event: 'port', port: Number(port), open: true }])
    expect(await new Inside().run('ping', '--port', '127.0.0.1:1')).toBe(4)
  })

  it('does not begin a ping that was interrupted before', async () => {
    const io = new Inside()
    io.controller.abort()
    expect(await io.run('ping', '127.0.0.1:1')).toBe(130)
    await stopped(io.stop)
  })

  it('ends with 2 or 4 where the address cannot be dialled', async () => {
    const io = new Inside()
    expect(await io.run('ping', 'odd://127.0.0.1:1')).not.toBe(0)
    expect(io.stdout + io.stderr).toContain('odd')
  })

  it('makes the identity of a run where it is missing, and encrypts it where a passphrase is given', async () => {
    const path = join(directory(), 'id')
    const { addresses } = await server()
    const env = { HYPHAE_PASSPHRASE: 'words' }
    const typed = ['ping', addresses[0], '--count', '1', '--identity', path, '--network', 'hyphae'] as const
    expect(await new Inside(env).run(...typed)).toBe(0)
    expect(existsSync(path)).toBe(true)
    expect(await new Inside(env).run(...typed)).toBe(0)
    expect(await new Inside({ HYPHAE_PASSPHRASE: 'others' }).run(...typed)).toBe(7)
  })

  it('does not reach a node of another network', async () => {
    const io = new Inside()
    expect(await io.run('ping', (await server()).addresses[0], '--network', 'other', '--timeout', '2000')).not.toBe(0)
    expect(io.stdout).toContain('cannot be reached')
  })

  it('warns at start of a key that others can read', async () => {
    const { cert, key } = issue('hyphae.test', { hosts: ['127.0.0.1'] })
    const within = directory()
    const env = {
      HYPHAE_NETWORK__LISTEN_ADDRESS: 'wss://127.0.0.1:0',
      HYPHAE_SECURITY__CERTIFICATE_FILE: file(cert, 'c', within),
      HYPHAE_SECURITY__PRIVATE_KEY_FILE: file(key, 'k', within),
    }
    const io = new Inside(env)
    const done = io.run('start', '--json')
    await io.event('ready')
    expect(await io.event('warning')).toMatchObject({ message: expect.stringContaining('chmod 600') as string })
    io.controller.abort()
    expect(await done).toBe(0)
    const people = new Inside(env)
    people.controller.abort()
    expect(await people.run('start', '--drain', '0')).toBe(0)
    expect(people.stderr).toContain('warning: security.private_key_file')
  })

  it('shows the stack of a defect to whoever asks for it', async () => {
    const broken = (env: Record<string, string>) => {
      const io = new Inside(env)
      vi.spyOn(io, 'readSecret').mockRejectedValue(new TypeError('broken'))
      return io
    }
    const io = broken({ HYPHAE_DEBUG: '1' })
    expect(await io.run('identity', 'new', join(directory(), 'id'))).toBe(1)
    expect(io.stderr).toMatch(/^TypeError: broken\n {4}at [^]*INTERNAL: broken/)
    const quiet = broken({})
    expect(await quiet.run('identity', 'new', join(directory(), 'id'))).toBe(1)
    expect(quiet.stderr).not.toContain('    at ')
  })
})

describe('corners of the demonstration', () => {
  it('leaves nothing behind where a node cannot start', async () => {
    await expect(Mesh.start(3, file('no directory'))).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('fails where a message does, naming why', async () => {
    const mesh = await Mesh.start(3, directory())
    afterwards(() => mesh.stop())
    const failing = expect(orderedMessages(mesh, 10_000)).rejects.toMatchObject({ code: 'CLOSED' })
    await mesh.first.node.close({ timeoutMs: 0 })
    await failing
    await mesh.last.stop()
  })

  it('counts requests that fail while a node is dead, and goes on', async () => {
    const mesh = await Mesh.start(3, directory())
    afterwards(() => mesh.stop())
    const stop = new AbortController()
    const live = new Live(mesh, undefined)
    const done = live.run(stop.signal)
    await soon(() => live.totals.answered).toBeGreaterThan(3)
    await mesh.last.node.close({ timeoutMs: 0 })
    await expect.poll(() => live.totals.failed, { timeout: 15_000 }).toBeGreaterThan(0)
    stop.abort()
    await done
    expect(live.lines()).toHaveLength(5)
  })

  it('stops between two steps, and shows no table then', async () => {
    const io = new Inside()
    const tour = new Tour({ nodes: 3, messages: 10, file: file('x'), directory: directory(), out: io.out })
    const stop = new AbortController()
    const running = tour.run(stop.signal)
    stop.abort()
    expect([await running, tour.isInterrupted]).toEqual([false, true])
    await tour.live(stop.signal)
    await tour.stop()
    expect(io.stdout).not.toContain('a file from node 1')
    expect(tour.summary()).toMatchObject({ ok: false, interrupted: true, mesh: { connections: 3 } })
  })
})

describe('a severed lifeline', () => {
  it('lets nothing out or in, ends what it holds, and dials no more', async () => {
    const closed: (boolean | undefined)[] = []
    let inner: CarrierEvents | undefined
    let accept: ((carrier: Carrier) => void) | undefined
    const carrier = {
      info: {} as Carrier['info'],
      bind: (events: CarrierEvents) => void (inner = events),
      write: vi.fn(() => true),
      pause: vi.fn(),
      close: (abort?: boolean) => void closed.push(abort),
    }
    const transport: Transport = {
      name: 'x',
      schemes: ['x'],
      capabilities: { dial: true, listen: true, delivery: 'ordered', verifiesAddress: true },
      dial: () => Promise.resolve(carrier),
      listen: (address, onCarrier) => {
        accept = onCarrier
        return Promise.resolve({ address, close: () => Promise.resolve() })
      },
    }
    const line = new Lifeline()
    const held = line.through(() => transport)({} as TransportPorts)
    const accepted: Carrier[] = []
    await held.listen('x://a', given => accepted.push(given))
    const dialled = await held.dial('x://b', {})
    const events = { onData: vi.fn(), onDrain: vi.fn(), onClose: vi.fn() }
    dialled.bind(events)
    dialled.pause(true)
    expect([dialled.write(new Uint8Array(1), 0, 1), carrier.pause.mock.calls]).toEqual([true, [[true]]])
    inner?.onData(new Uint8Array(1), 0, 1)
    inner?.onDrain()
    dialled.close()
    await line.sever()
    inner?.onData(new Uint8Array(1), 0, 1)
    inner?.onDrain()
    inner?.onClose()
    expect([events.onData, events.onDrain, events.onClose].map(call => call.mock.calls.length)).toEqual([1, 1, 1])
    expect([dialled.write(new Uint8Array(1), 0, 1), carrier.write.mock.calls.length]).toEqual([false, 1])
    accept?.(carrier)
    accepted[0].close()
    expect(closed).toEqual([undefined, true, true, true])
    await expect(held.dial('x://c', {})).rejects.toMatchObject({ code: 'DIAL_FAILED' })
    await sleep(0)
    expect(line.isCut).toBe(true)
  })
})
