import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('collect.mjs', import.meta.url))
const LIMIT_MS = 120_000

/** Instances of our classes that outlived cycles of opening, using and closing, by class. */
async function outlived(name: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, name], { timeout: LIMIT_MS })
  return JSON.parse(stdout)
}

describe('what was closed is collected', () => {
  it.each([
    ['streams, however they ended', 'streams'],
    ['messages and requests: answered, given up, and timed out', 'messages'],
    ['sessions with their keys, their handshakes and their sockets', 'sessions'],
    ['nodes with all they know of peers, and their listeners', 'nodes'],
    ['handshakes that never came about', 'handshakes'],
    ['keys of the kernels, freed or not', 'keys'],
    ['simulations with their nodes', 'simulations'],
  ])(
    '%s',
    async (_title, name) => {
      expect(await outlived(name)).toEqual({ outlived: {}, cycles: 5 })
    },
    LIMIT_MS,
  )
})
