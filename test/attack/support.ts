import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

/** Options and results of acts are plain data. */
export type Plain = Record<string, unknown>

/** A process that attacks: see `hostile.mjs` and the acts. */
export class Hostile {
  private last = 0
  private readonly waiting = new Map<number, (message: { result?: unknown; error?: string }) => void>()

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: { id: number; result?: unknown; error?: string }) => {
      this.waiting.get(message.id)?.(message)
      this.waiting.delete(message.id)
    })
    child.on('exit', code => {
      for (const tell of this.waiting.values()) tell({ error: `the hostile process ended with ${String(code)}` })
    })
  }

  /** Starts one that ends with the file's tests. */
  static start(): Hostile {
    const path = fileURLToPath(new URL('hostile.mjs', import.meta.url))
    const hostile = new Hostile(fork(path, [], { serialization: 'advanced', execArgv: [] }))
    afterAll(() => hostile.end())
    return hostile
  }

  /** Runs an act there. */
  run<T = Plain>(act: string, options: Plain = {}): Promise<T> {
    const id = ++this.last
    if (!this.child.connected) return Promise.reject(new Error('the hostile process is gone'))
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result as T) : reject(new Error(error)),
      )
      this.child.send({ id, act, options })
    })
  }

  private end(): Promise<void> {
    if (this.child.exitCode !== null) return Promise.resolve()
    return new Promise(resolve => {
      this.child.once('exit', () => resolve())
      this.child.disconnect()
    })
  }
}
