import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hashFile } from '../../src/cli/transfer/hash.js'
import { encode, FILE_STREAM } from '../../src/cli/transfer/messages.js'
import { numbered, safeName } from '../../src/cli/transfer/names.js'
import { alreadyThere, PartialFile } from '../../src/cli/transfer/partial.js'
import { FileReceiver } from '../../src/cli/transfer/receiver.js'
import { sendFile } from '../../src/cli/transfer/sender.js'
import { LIMITS } from '../../src/core/limits.js'
import type { HyphaeNode, NodeStream } from '../../src/index.js'
import { createNode, identities } from '../../src/platform/node.js'
import { afterwards, directory, file, Inside, linesOf, Outside, soon } from './support.js'

async function pair(): Promise<[HyphaeNode, HyphaeNode]> {
  const nodes = [await createNode(), await createNode({ listen: ['tcp://127.0.0.1:0'] })] as const
  afterwards(() => Promise.all(nodes.map(node => node.close({ timeoutMs: 0 }))))
  await nodes[0].connect(nodes[1].addresses[0])
  return [nodes[0], nodes[1]]
}

/** A receiver on the second node of a pair, and what became of each transfer. */
async function receiving(maxBytes = 1e9, within = directory()) {
  const [from, to] = await pair()
  const seen: unknown[] = []
  const receiver = new FileReceiver(within, maxBytes, {
    onStart: (_peer, _offer, offset) => seen.push(['start', offset]),
    onBytes: () => undefined,
    onDone: (_peer, _offer, name) => seen.push(['done', name]),
    onFailed: (_peer, _offer, error) => seen.push(['failed', (error as { code?: string }).code]),
  })
  to.handleStream(FILE_STREAM, stream => receiver.take(stream))
  const open = (): Promise<NodeStream> => from.open(to.id, FILE_STREAM)
  const send = async (path: string, name = 'name') =>
    sendFile({ stream: await open(), path, name, facts: await hashFile(path) })
  return { within, seen, receiver, open, send }
}

const offerOf = (content: Uint8Array, sha256: string) => ({ name: 'x', size: content.length, sha256 })

describe('names of received files', () => {
  it.each([
    ['notes.txt', 'notes.txt'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\system.ini', 'system.ini'],
    ['/abs/olute', 'olute'],
    ['..', 'file'],
    ['', 'file'],
    ['dir/', 'file'],
    ['.bashrc', 'bashrc'],
    ['-rf', 'rf'],
    ['a\u0000b\nc', 'a_b_c'],
    ['gpj.\u202Eexe', 'gpj._exe'],
    ['CON', '_CON'],
    ['lpt1.txt', '_lpt1.txt'],
    ['trailing. . ', 'trailing'],
    ['a:b*c?"<>|', 'a_b_c_____'],
    ['grüße.md', 'grüße.md'],
  ])('%j becomes %j', (given, name) => {
    expect(safeName(given)).toBe(name)
  })

  it('keeps within its limit, and keeps the ending', () => {
    const longest = 'a'.repeat(LIMITS.maxFileNameBytes - 4) + '.txt'
    expect(safeName(longest)).toBe(longest)
    const cut = safeName(`a${longest}`)
    expect([cut.length, cut.endsWith('.txt')]).toEqual([LIMITS.maxFileNameBytes, true])
    expect(Buffer.byteLength(safeName('ü'.repeat(200)))).toBeLessThanOrEqual(LIMITS.maxFileNameBytes)
  })

  it('numbers what is taken', () => {
    expect([numbered('a.txt', 1), numbered('a.txt', 2), numbered('a', 3)]).toEqual(['a.txt', 'a (2).txt', 'a (3)'])
  })
})

describe('a transfer', () => {
  it('brings a file over whole, under its own name or the next free one, and not twice', async () => {
    const { within, seen, send } = await receiving()
    const content = randomBytes(3_000_000)
    const path = file(content)
    writeFileSync(join(within, 'data.bin'), 'was here')
    expect((await send(path, 'data.bin')).name).toBe('data (2).bin')
    expect(readFileSync(join(within, 'data (2).bin')).equals(content)).toBe(true)
    expect(readFileSync(join(within, 'data.bin'), 'utf8')).toBe('was here')
    expect((await send(path, 'data (2).bin')).name).toBe('data (2).bin')
    expect(seen).toEqual([
      ['start', 0],
      ['done', 'data (2).bin'],
      ['start', content.length],
      ['done', 'data (2).bin'],
    ])
  })

  it('takes an empty file', async () => {
    const { within, send } = await receiving()
    expect((await send(file(''), 'empty')).name).toBe('empty')
    expect(statSync(join(within, 'empty')).size).toBe(0)
  })

  it('goes on where it stopped', async () => {
    const { within, seen, open, send } = await receiving()
    const content = randomBytes(2_000_000)
    const path = file(content)
    const facts = await hashFile(path)
    const stopping = new AbortController()
    const first = sendFile({
      ...{ stream: await open(), path, name: 'n', facts, signal: stopping.signal },
      onBytes: done => {
        if (done > 1_000_000) stopping.abort()
      },
    })
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' })
    await soon(() => seen.at(-1)).toEqual(['failed', 'STREAM_RESET'])
    const [partial] = readdirSync(within)
    expect(partial).toMatch(/^\.hyphae-[0-9a-f]{64}\.partial$/)
    const { size } = statSync(join(within, partial))
    expect((await send(path, 'n')).sha256).toBe(facts.sha256)
    expect(seen.slice(2)).toEqual([
      ['start', size],
      ['done', 'n'],
    ])
    expect(readdirSync(within)).toEqual(['n'])
  })

  it('lets a later transfer of the same content take over from one that hangs', async () => {
    const { open, send, seen } = await receiving()
    const content = randomBytes(500_000)
    const path = file(content)
    const { sha256 } = await hashFile(path)
    const hanging = await open()
    await hanging.writable.getWriter().write(encode({ name: 'n', size: content.length, sha256 }))
    await soon(() => seen.length).toBe(1)
    expect((await send(path, 'n')).name).toBe('n')
    expect(seen).toContainEqual(['failed', 'STREAM_RESET'])
  })

  it('throws away what is not what was offered', async () => {
    const { within, open, seen } = await receiving()
    const path = file('other content')
    const sent = sendFile({ stream: await open(), path, name: 'n', facts: { size: 13, sha256: '0'.repeat(64) } })
    await expect(sent).rejects.toMatchObject({
      code: 'MALFORMED',
      message: expect.stringContaining('the receiver says') as string,
    })
    expect([readdirSync(within), seen.at(-1)]).toEqual([[], ['failed', 'MALFORMED']])
  })

  it('refuses a file one byte past what is allowed', async () => {
    const { send, seen } = await receiving(10)
    expect((await send(file('0123456789'), 'n')).name).toBe('n')
    await expect(send(file('0123456789a'), 'm')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
    expect(seen.at(-1)).toEqual(['failed', 'LIMIT_EXCEEDED'])
  })

  it.each([
    ['no JSON', Buffer.from([0, 0, 0, 1, 0x7b])],
    ['no object', Buffer.from([0, 0, 0, 1, 0x31])],
    ['no size', encode({ name: 'x', size: -1, sha256: '0'.repeat(64) })],
    ['no hash', encode({ name: 'x', size: 1, sha256: 'x' })],
    ['an early end', Buffer.from([0, 0])],
    ['a message past its limit', Buffer.from([0, 0, 0x10, 0x01])],
  ])('refuses %s for an offer', async (_what, bytes) => {
    const { open, seen } = await receiving()
    const writer = (await open()).writable.getWriter()
    await writer.write(bytes)
    await writer.close().catch(() => undefined)
    await soon(() => seen).toEqual([['failed', 'MALFORMED']])
  })

  it('fails where the sender ends too early, and keeps what came', async () => {
    const { within, open, seen } = await receiving()
    const writer = (await open()).writable.getWriter()
    await writer.write(encode({ name: 'x', size: 10, sha256: '0'.repeat(64) }))
    await writer.write(Buffer.from('12345'))
    await writer.close()
    await soon(() => seen.at(-1)).toEqual(['failed', 'MALFORMED'])
    expect(readdirSync(within)).toHaveLength(1)
  })

  it.each([
    [{ offset: 99 }, 'an answer needs an offset'],
    [{ error: { code: 'PERMISSION', text: 'no' } }, 'the receiver says: no'],
    [{ error: { code: 'ODD', text: 5 } }, 'the receiver says: no reason given'],
  ])('the sender refuses the answer %j', async (answer, why) => {
    const [from, to] = await pair()
    to.handleStream(FILE_STREAM, async stream => {
      await stream.writable.getWriter().write(encode(answer as never))
    })
    const path = file('content')
    const sent = sendFile({ stream: await from.open(to.id, FILE_STREAM), path, name: 'n', facts: await hashFile(path) })
    await expect(sent).rejects.toThrow(why)
  })

  it('the sender does not believe another hash or half a verdict', async () => {
    for (const [verdict, why] of [
      [{ name: 'n', sha256: 'x' }, 'stored hash x'],
      [{ name: 'n' }, 'a verdict needs'],
    ] as const) {
      const [from, to] = await pair()
      to.handleStream(FILE_STREAM, async stream => {
        const writer = stream.writable.getWriter()
        await writer.write(encode({ offset: 7 }))
        await writer.write(encode(verdict as never))
      })
      const path = file('content')
      const sent = sendFile({
        stream: await from.open(to.id, FILE_STREAM),
        path,
        name: 'n',
        facts: await hashFile(path),
      })
      await expect(sent).rejects.toThrow(why)
    }
  })
})

describe('partial files', () => {
  it('follow no link that was planted', async () => {
    const within = directory()
    const target = file('precious')
    const sha256 = 'a'.repeat(64)
    symlinkSync(target, join(within, `.hyphae-${sha256}.partial`))
    await expect(PartialFile.open(within, { name: 'x', size: 5, sha256 })).rejects.toMatchObject({
      name: 'HyphaeError',
    })
    expect(readFileSync(target, 'utf8')).toBe('precious')
  })

  it('begin anew where more is there than was offered', async () => {
    const within = directory()
    const sha256 = 'b'.repeat(64)
    file('much too long', `.hyphae-${sha256}.partial`, within)
    const partial = await PartialFile.open(within, offerOf(Buffer.from('short'), sha256))
    expect([partial.offset, partial.missing]).toEqual([0, 5])
    await partial.leave()
  })

  it('are not even begun where the disk has no room', async () => {
    const offer = { name: 'x', size: Number.MAX_SAFE_INTEGER, sha256: 'c'.repeat(64) }
    await expect(PartialFile.open(directory(), offer)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      retryable: true,
      details: { reason: 'ENOSPC' },
    })
  })

  it('cannot be where there is no directory', async () => {
    const offer = { name: 'x', size: 1, sha256: 'd'.repeat(64) }
    await expect(PartialFile.open('/nowhere/at/all', offer)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    expect(await alreadyThere('/nowhere/at/all', offer)).toBeUndefined()
  })

  it('hash only files', async () => {
    await expect(hashFile(directory())).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const gone = AbortSignal.abort()
    await expect(hashFile(file('x'), gone)).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('hyphae send and hyphae receive', () => {
  it('between two processes: killed in the middle, started again, it continues', { timeout: 60_000 }, async () => {
    const target = join(directory(), 'in')
    const content = randomBytes(48_000_000)
    const path = file(content, 'big.bin')
    const receiver = new Outside(['receive', target, '--listen', '127.0.0.1:0', '--once', '--json'])
    const { listening } = await receiver.event('ready')
    const [address] = listening as string[]
    const first = new Outside(['send', path, address, '--json'])
    const { sha256 } = await receiver.event('receiving')
    const partial = join(target, `.hyphae-${String(sha256)}.partial`)
    await expect.poll(() => statSync(partial).size, { timeout: 10_000, interval: 1 }).toBeGreaterThan(1_000_000)
    first.child.kill('SIGKILL')
    expect((await first.ended).signal).toBe('SIGKILL')
    const second = new Outside(['send', path, address, '--json'])
    expect((await second.ended).code).toBe(0)
    const sent = await lineOf(second.stdout, 'sent')
    expect(sent.offset).toBeGreaterThan(1_000_000)
    expect(sent).toMatchObject({
      name: 'big.bin',
      size: content.length,
      sent: content.length - Number(sent.offset),
      sha256,
    })
    expect((await receiver.ended).code).toBe(0)
    expect(readFileSync(join(target, 'big.bin')).equals(content)).toBe(true)
    expect(readdirSync(target)).toEqual(['big.bin'])
  })

  it('goes on when the receiver was away for a while', { timeout: 30_000 }, async () => {
    const within = directory()
    const path = file(randomBytes(30_000_000), 'big.bin')
    const identity = join(within, 'id')
    const start = (at: string) =>
      new Outside(['receive', join(within, 'in'), '--listen', at, '--identity', identity, '--once', '--json'])
    const first = start('tcp://127.0.0.1:0')
    const [address] = (await first.event('ready')).listening as string[]
    const sender = new Outside(['send', path, address, '--json'])
    await first.event('receiving')
    first.child.kill('SIGKILL')
    await first.ended
    const second = start(address.split('#')[0])
    expect((await sender.ended).code).toBe(0)
    expect(await lineOf(sender.stdout, 'retry')).toMatchObject({ code: 'SESSION_LOST' })
    expect((await second.ended).code).toBe(0)
    expect(await lineOf(second.stdout, 'received')).toMatchObject({ name: 'big.bin', size: 30_000_000 })
  })

  it('shows both sides what happens', async () => {
    const within = join(directory(), 'in')
    const receiver = new Inside()
    const received = receiver.run('receive', within, '--listen', '127.0.0.1:0', '--once')
    await soon(() => receiver.stdout).toContain('hyphae send FILE')
    const address = /'(ws:[^']+)'/.exec(receiver.stdout)?.[1] as string
    const sender = new Inside()
    expect(await sender.run('send', file('content', 'a.txt'), address, '--name', '../b.txt')).toBe(0)
    expect(await received).toBe(0)
    expect(sender.stdout).toMatch(
      /^7 B sent in .*stands there as b\.txt\nSHA-256 [0-9a-f]{64}, the same on both sides\n$/,
    )
    expect(sender.stderr).toContain('100 %')
    expect(receiver.stdout).toContain('b.txt is complete')
    expect(receiver.stderr).toContain('100 %')
  })

  it('is refused where the sender is not among those allowed, and says so at once', async () => {
    const receiver = new Inside()
    const typed = ['--listen', '127.0.0.1:0', '--allow', identities.create().id, '--json']
    const received = receiver.run('receive', directory(), ...typed)
    const [address] = (await receiver.event('ready')).listening as string[]
    const sender = new Inside()
    expect(await sender.run('send', file('x'), address, '--json')).toBe(6)
    expect(linesOf(sender.stdout).at(-1)).toMatchObject({ event: 'error', code: 'PEER_DENIED' })
    receiver.controller.abort()
    expect(await received).toBe(0)
  })

  it('tells the sender what the receiver cannot do, and goes on receiving', async () => {
    const within = directory()
    const receiver = new Inside()
    const received = receiver.run('receive', within, '--listen', '127.0.0.1:0', '--max-bytes', '3', '--json')
    const [address] = (await receiver.event('ready')).listening as string[]
    expect(await new Inside().run('send', file('four'), address)).toBe(6)
    expect(await receiver.event('failed')).toMatchObject({ code: 'LIMIT_EXCEEDED', name: 'file' })
    expect(await new Inside().run('send', file('ok'), address)).toBe(0)
    receiver.controller.abort()
    expect(await received).toBe(0)
  })

  it('gives up after its time: 4 where nobody listens, 130 when interrupted', async () => {
    expect(await new Inside().run('send', file('x'), 'tcp://127.0.0.1:1', '--retry', '0')).toBe(4)
    const io = new Inside()
    const done = io.run('send', file('x'), 'tcp://127.0.0.1:1', '--json')
    await io.event('retry')
    io.controller.abort()
    expect(await done).toBe(130)
  })

  it('ends with 8 where the directory cannot be made', async () => {
    const within = directory()
    mkdirSync(join(within, 'a'))
    writeFileSync(join(within, 'a', 'file'), '')
    expect(await new Inside().run('receive', join(within, 'a', 'file', 'in'))).toBe(8)
  })
})

async function lineOf(stdout: string, event: string) {
  const found = linesOf(stdout).find(line => line.event === event)
  if (found === undefined) throw new Error(`no ${event} in ${stdout}`)
  return found
}
