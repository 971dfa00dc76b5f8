import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect } from 'vitest'
import type { Io } from '../../src/cli/io.js'
import { run } from '../../src/cli/run.js'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const undo: (() => unknown)[] = []

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** Does something when the test is over. */
export function afterwards(step: () => unknown): void {
  undo.push(step)
}

/** A directory of the test's own. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'hyphae-cli-test-'))
  afterwards(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Something that comes true within ten seconds, however busy the machine is. */
export function soon<T>(look: () => T): ReturnType<typeof expect.poll> {
  return expect.poll(look, { timeout: 10_000, interval: 10 })
}

/** A file of the test's own. */
export function file(content: string | Uint8Array, name = 'file', within = directory()): string {
  const path = join(within, name)
  writeFileSync(path, content)
  return path
}

/** One line of `--json`. */
export type Line = Readonly<Record<string, unknown>> & { readonly event: string }

/** Reads the lines of `--json`. */
export function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)
}

/** The command inside this process. */
export class Inside implements Io {
  stdout = ''
  stderr = ''
  isTerminal = false
  readonly controller = new AbortController()
  readonly answers: (string | undefined)[] = []
  readonly asked: string[] = []
  private readonly watchers = new Set<() => void>()

  constructor(readonly env: Readonly<Record<string, string | undefined>> = {}) {}

  get stop(): AbortSignal {
    return this.controller.signal
  }

  readonly out = this.output(text => (this.stdout += text))
  readonly err = this.output(text => (this.stderr += text))

  async readSecret(question: string): Promise<string | undefined> {
    this.asked.push(question)
    return this.answers.shift()
  }

  /** Runs the command to its end. */
  run(...typed: string[]): Promise<number> {
    return run(typed, this)
  }

  /** Waits for an event of `--json`. */
  async event(name: string, count = 1): Promise<Line> {
    for (;;) {
      const found = linesOf(this.stdout).filter(line => line.event === name)[count - 1]
      if (found !== undefined) return found
      await new Promise<void>(resolve => this.watchers.add(resolve))
    }
  }

  private output(take: (text: string) => void) {
    const isTerminal = (): boolean => this.isTerminal
    return {
      write: (text: string) => {
        take(text)
        for (const watch of [...this.watchers]) watch()
        this.watchers.clear()
      },
      get isTerminal() {
        return isTerminal()
      },
      columns: 100,
    }
  }
}

/** The built command as a process of its own. */
export class Outside {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>
  private readonly watchers = new Set<() => void>()

  constructor(typed: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { PATH = '' } = process.env
    this.child = spawn(process.execPath, [MAIN, ...typed], { env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stdout?.on('data', (chunk: Buffer) => this.take('stdout', chunk))
    this.child.stderr?.on('data', (chunk: Buffer) => this.take('stderr', chunk))
    this.ended = new Promise(resolve => {
      this.child.once('close', (code, signal) => {
        resolve({ code, signal })
        this.wake()
      })
    })
    afterwards(async () => {
      this.child.kill('SIGKILL')
      await this.ended
    })
  }

  /** Waits for an event of `--json`; fails when the process ends before. */
  async event(name: string, fits: (line: Line) => boolean = () => true): Promise<Line> {
    for (;;) {
      const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1)
      const found = linesOf(whole).find(line => line.event === name && fits(line))
      if (found !== undefined) return found
      const { exitCode, signalCode } = this.child
      if (exitCode !== null || signalCode !== null)
        throw new Error(`ended without ${name}: ${this.stdout}${this.stderr}`)
      await new Promise<void>(resolve => this.watchers.add(resolve))
    }
  }

  private take(where: 'stdout' | 'stderr', chunk: Buffer): void {
    this[where] += chunk.toString()
    this.wake()
  }

  private wake(): void {
    for (const watch of [...this.watchers]) watch()
    this.watchers.clear()
  }
}

/** Runs the built command to its end. */
export async function outside(typed: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const process = new Outside(typed, env)
  const { code } = await process.ended
  return { code, stdout: process.stdout, stderr: process.stderr }
}
