import { readdirSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { transferFile } from '../../src/cli/demo/file-step.js'
import { impostor } from '../../src/cli/demo/impostor-step.js'
import { Ledger } from '../../src/cli/demo/ledger.js'
import { Live } from '../../src/cli/demo/live.js'
import { Mesh } from '../../src/cli/demo/mesh.js'
import { orderedMessages } from '../../src/cli/demo/messages-step.js'
import { createMemoryStore } from '../../src/storage/memory.js'
import { afterwards, directory, file, Inside, outside } from './support.js'

async function mesh(count: number): Promise<Mesh> {
  const started = await Mesh.start(count, directory())
  afterwards(() => started.stop())
  return started
}

describe('hyphae demo', () => {
  it('runs the whole tour in a process of its own and tells what it measured', { timeout: 60_000 }, async () => {
    const { code, stdout } = await outside(['demo', '--once', '--json', '--messages', '500'])
    expect(code).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
    const {
      mesh: made,
      file: sent,
      messages,
      impostor: refused,
      ...rest
    } = JSON.parse(stdout) as Record<string, Record<string, unknown>>
    expect(rest).toMatchObject({ ok: true, nodes: 8, interrupted: false })
    expect(made).toMatchObject({ connections: 28, suite: expect.stringContaining('X-Wing') as string })
    expect(new Set((made.links as { transport: string }[]).map(link => link.transport))).toEqual(new Set(['ws', 'tcp']))
    expect(sent).toMatchObject({ from: 1, to: 8, storedSha256: sent.sentSha256 })
    expect(messages).toMatchObject({
      messages: 500,
      qos: 2,
      handledOnce: 500,
      acknowledged: 500,
      outOfOrder: 0,
      killed: 8,
    })
    expect(messages.resent).toBeGreaterThan(0)
    expect(refused).toMatchObject({ refused: true, code: 'IDENTITY_MISMATCH' })
    expect(refused.impostor).not.toBe(refused.expected)
  })

  it('shows people the steps, then a live table until it is stopped', { timeout: 60_000 }, async () => {
    const temporary = directory()
    vi.stubEnv('TMPDIR', temporary)
    afterwards(() => vi.unstubAllEnvs())
    const io = new Inside()
    io.isTerminal = true
    const done = io.run('demo', '--nodes', '3', '--messages', '100', '--file', file('content', 'a.txt'))
    await expect.poll(() => io.stdout, { timeout: 40_000 }).toMatch(/requests\/s[^]*requests\/s/)
    io.controller.abort()
    expect(await done).toBe(0)
    expect(io.stdout).toMatch(
      /1 {2}3 nodes[^]*2 {2}a file[^]*SHA-256[^]*3 {2}100 ordered[^]*100 handled exactly once[^]*4 {2}an impostor[^]*refused at step[^]*all steps held/,
    )
    // The second table is drawn over the first: head, three nodes and the line above.
    expect(io.stdout).toContain('\u001b[5A')
    expect(readdirSync(temporary).filter(name => name.startsWith('hyphae-demo-'))).toEqual([])
  })

  it('ends with 1 and says which step failed', { timeout: 30_000 }, async () => {
    const args = ['demo', '--nodes', '3', '--messages', '10', '--file', '/nowhere/at/all']
    const io = new Inside()
    expect(await io.run(...args)).toBe(1)
    expect(io.stdout).toContain('step file failed: STORE_FAILED: cannot read /nowhere/at/all')
    const program = new Inside()
    expect(await program.run(...args, '--json')).toBe(1)
    expect(JSON.parse(program.stdout)).toMatchObject({ ok: false, failure: { step: 'file', code: 'STORE_FAILED' } })
  })

  it('makes nothing where it is used wrongly', async () => {
    const temporary = directory()
    vi.stubEnv('TMPDIR', temporary)
    afterwards(() => vi.unstubAllEnvs())
    expect(await new Inside().run('demo', '--nodes', '65')).toBe(2)
    expect(readdirSync(temporary)).toEqual([])
  })

  it('tells a program that it was interrupted', async () => {
    const io = new Inside()
    io.controller.abort()
    expect(await io.run('demo', '--nodes', '3', '--json')).toBe(130)
    expect(JSON.parse(io.stdout)).toMatchObject({ ok: false, interrupted: true })
  })
})

describe('steps of the tour', () => {
  it('connect a large mesh by chords', { timeout: 30_000 }, async () => {
    const { links, members } = await mesh(10)
    expect(links.filter(link => link.from === 1).map(link => link.to)).toEqual([2, 3, 5, 9])
    expect(members.every(member => member.connected >= 4)).toBe(true)
  })

  it('count a message whose effect died with the receiver as undone, and run it again', async () => {
    const made = await mesh(3)
    const result = await orderedMessages(made, 1000)
    expect(result).toMatchObject({ handledOnce: 1000, outOfOrder: 0, acknowledged: 1000, handledAtKill: 400 })
    expect(result.undoneByKill).toBe(400 - result.durableAtKill)
    expect(result.outageMs).toBeGreaterThanOrEqual(300)
  })

  it('send the file and read back what was stored', async () => {
    const path = file(Buffer.alloc(100_000, 7))
    const result = await transferFile(await mesh(3), path, directory())
    expect(result).toMatchObject({ bytes: 100_000, from: 1, to: 3, storedSha256: result.sentSha256 })
  })

  it('refuse the impostor, and have the real node back afterwards', async () => {
    const made = await mesh(3)
    const { id } = made.last.node
    expect(await impostor(made)).toMatchObject({ refused: true, expected: id })
    expect(made.last.node.id).toBe(id)
    expect(await made.first.node.request(id, 'echo', 1)).toBe(1)
  })

  it('keep the mesh busy and count what was answered', async () => {
    const io = new Inside()
    const live = new Live(await mesh(3), io.out)
    const done = live.run(AbortSignal.timeout(300))
    await done
    expect(live.totals.answered).toBeGreaterThan(6)
    expect(live.totals.failed).toBe(0)
    const lines = live.lines()
    expect(lines).toHaveLength(5)
    expect(lines[2]).toMatch(/^ +1 +[a-z2-7]{8} +ws:/)
  })
})

describe('the ledger', () => {
  it('keeps what a handler did together with what was received, and nothing once it is dead', async () => {
    const disk = createMemoryStore()
    const ledger = new Ledger(disk)
    ledger.next = 5
    await ledger.put('inbox/a', Uint8Array.of(1, 2))
    await ledger.put('identity', Uint8Array.of(9))
    ledger.next = 8
    expect(ledger.durable).toBe(5)
    await ledger.die()
    await expect(ledger.put('inbox/a', Uint8Array.of(3))).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(ledger.delete('identity')).rejects.toMatchObject({ code: 'STORE_FAILED' })
    const next = new Ledger(disk)
    expect([await next.get('inbox/a'), await next.get('identity'), await next.get('none')]).toEqual([
      Uint8Array.of(1, 2),
      Uint8Array.of(9),
      undefined,
    ])
    expect([next.next, next.durable, await next.list('inbox/')]).toEqual([5, 5, ['inbox/a']])
    await next.delete('inbox/a')
    await next.close()
  })

  it('tells nobody of a write that the death overtook', async () => {
    const disk = createMemoryStore()
    const ledger = new Ledger(disk)
    ledger.next = 1
    const write = ledger.put('inbox/a', Uint8Array.of(1))
    await Promise.all([ledger.die(), expect(write).rejects.toMatchObject({ code: 'STORE_FAILED' })])
    expect(ledger.durable).toBe(0)
  })
})
