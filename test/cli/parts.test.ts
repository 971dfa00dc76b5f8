import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { EXIT, exitCodeOf } from '../../src/cli/exit-codes.js'
import { fileError, readSmall, writeWhole } from '../../src/cli/files.js'
import { bytes, duration, short, table, whole } from '../../src/cli/format.js'
import { processIo } from '../../src/cli/process-io.js'
import { Progress } from '../../src/cli/progress.js'
import { Reporter } from '../../src/cli/reporter.js'
import { Samples } from '../../src/cli/samples.js'
import { HyphaeError } from '../../src/core/errors.js'
import { directory, file, Inside } from './support.js'

describe('formats', () => {
  it('shows bytes, times and numbers for people', () => {
    expect([bytes(0), bytes(1023), bytes(1536), bytes(3 * 1024 ** 4)]).toEqual(['0 B', '1023 B', '1.5 KiB', '3.0 TiB'])
    expect([duration(0.314), duration(12.44), duration(3100), duration(125_000)]).toEqual([
      '0.31 ms',
      '12.4 ms',
      '3.1 s',
      '2 min 5 s',
    ])
    expect([whole(12_345.4), short('abcdefghijkl')]).toEqual(['12,345', 'abcdefgh'])
  })

  it('aligns tables: numbers right, words left', () => {
    expect(
      table(
        ['n', 'name'],
        [
          ['7', 'a'],
          ['12', 'long'],
        ],
      ),
    ).toEqual([' n  name', ' 7  a', '12  long'])
    expect(table(['n'], [])).toEqual(['n'])
  })
})

describe('samples', () => {
  it('takes percentiles by nearest rank from the kept ones, mean and extremes from all', () => {
    const samples = new Samples(100)
    expect([samples.percentile(0.5), samples.summary()]).toEqual([undefined, undefined])
    for (let i = 1; i <= 200; i++) samples.add(i)
    expect(samples.summary()).toEqual({ count: 200, min: 1, avg: 100.5, max: 200, p50: 150, p99: 199 })
  })
})

describe('progress', () => {
  it('draws in place at a terminal and ends the line', () => {
    const io = new Inside()
    io.isTerminal = true
    const progress = new Progress(io.err, 'x', 100)
    progress.update(50)
    progress.finish(100)
    expect(io.stderr).toMatch(/^\rx \[#{12}\.{12}\] {2}50 %[^\n]*\r[^\n]*100 %[^\n]*\n$/)
  })

  it('says a line a second elsewhere, the last state once, and nothing without an output', () => {
    const io = new Inside()
    const progress = new Progress(io.err, 'x', 100)
    for (const done of [1, 2, 3, 100]) progress.update(done)
    progress.finish(100)
    progress.finish(100)
    expect(io.stderr.split('\n').map(line => /\d+ %/.exec(line)?.[0])).toEqual(['1 %', '100 %', undefined])
    new Progress(undefined, 'x', 0).finish(0)
    expect(new Progress(undefined, 'x', 0).line(0, 60)).toContain('100 %')
  })
})

describe('exit codes', () => {
  it.each([
    ['INVALID_ARGUMENT', EXIT.usage],
    ['INVALID_CONFIG', EXIT.config],
    ['PEER_UNREACHABLE', EXIT.unreachable],
    ['TIMEOUT', EXIT.timeout],
    ['PEER_DENIED', EXIT.denied],
    ['IDENTITY_MISMATCH', EXIT.identity],
    ['PERMISSION', EXIT.files],
    ['ABORTED', EXIT.interrupted],
    ['INTERNAL', EXIT.failed],
  ] as const)('%s is %i', (code, exit) => {
    expect(exitCodeOf(new HyphaeError(code, 'x'))).toBe(exit)
  })

  it('is 1 for what no code tells', () => {
    const io = new Inside()
    expect(new Reporter(io, false).fail(new TypeError('odd'))).toBe(1)
    expect(io.stderr).toContain('INTERNAL: odd')
  })
})

describe('reports', () => {
  it('writes bytes as hex and big integers as text', () => {
    const io = new Inside()
    new Reporter(io, true).say('', { event: 'x', bytes: Uint8Array.of(1, 255), big: 5n })
    expect(io.stdout).toBe('{"event":"x","bytes":"01ff","big":"5"}\n')
  })
})

describe('files', () => {
  it.each([
    ['ENOSPC', 'STORE_FAILED', 'goes on where it stopped'],
    ['EACCES', 'PERMISSION', 'let this user'],
    ['ENOENT', 'STORE_FAILED', 'check the path'],
    ['EEXIST', 'INVALID_ARGUMENT', 'another path'],
    ['EIO', 'STORE_FAILED', 'check path'],
  ])('tells %s as %s', (reason, code, remedy) => {
    const error = fileError('write', '/x', Object.assign(new Error('no'), { code: reason })) as HyphaeError
    expect([error.code, error.remedy]).toEqual([code, expect.stringContaining(remedy)])
  })

  it('hands on what the system did not say', () => {
    const error = new Error('other')
    expect(fileError('write', '/x', error)).toBe(error)
  })

  it('replaces a file whole, refuses to where it must be new, and reads only small ones', async () => {
    const path = file('old')
    await writeWhole(path, Buffer.from('new'), false)
    expect(Buffer.from(await readSmall(path, 10)).toString()).toBe('new')
    await expect(writeWhole(path, Buffer.from('x'), true)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(readSmall(path, 2)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(writeWhole(`${directory()}/no/where`, Buffer.from('x'), false)).rejects.toMatchObject({
      code: 'STORE_FAILED',
    })
  })
})

describe('the process', () => {
  function fakeProcess(isTTY: boolean) {
    const signals = new EventEmitter()
    const exit = vi.fn()
    const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: vi.fn() })
    const stdout = Object.assign(new PassThrough(), { isTTY, columns: isTTY ? 66 : undefined })
    const stderr = new PassThrough()
    const on = (name: string, listener: () => void) => signals.on(name, listener)
    return {
      process: { stdin, stdout, stderr, env: { A: 'b' }, on, exit } as never,
      signals,
      exit,
      stdin,
      stdout,
      stderr,
    }
  }

  it('stops in good order when asked once, at once when asked twice', () => {
    const { process, signals, exit } = fakeProcess(false)
    const io = processIo(process)
    signals.emit('SIGTERM')
    expect([io.stop.aborted, exit.mock.calls]).toEqual([true, []])
    signals.emit('SIGINT')
    expect(exit.mock.calls).toEqual([[130]])
  })

  it('ends quietly where the reader of a pipe is gone', () => {
    const { process, stdout, exit } = fakeProcess(false)
    processIo(process)
    stdout.emit('error', new Error('EPIPE'))
    expect(exit.mock.calls).toEqual([[0]])
  })

  it('asks at a terminal without an echo, and nobody elsewhere', async () => {
    const { process, stdin, stdout, stderr } = fakeProcess(true)
    const io = processIo(process)
    expect([io.out.isTerminal, io.out.columns, io.err.columns]).toEqual([true, 66, 80])
    const answer = io.readSecret('secret? ')
    stdin.write('hush\n')
    expect(await answer).toBe('hush')
    io.out.write('said')
    expect([String(stdout.read()), String(stderr.read())]).toEqual(['said', 'secret? \n'])
    expect(await processIo(fakeProcess(false).process).readSecret('?')).toBeUndefined()
  })
})
