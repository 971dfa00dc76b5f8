import { join } from 'node:path'
import { at } from '../../../scripts/lib/project.mjs'
import { outputOf, resultsOf } from '../lib/processes.mjs'

const LISTEN = ['ws://127.0.0.1:0', 'tcp://127.0.0.1:0']
const installed = (name, ...parts) => at('test/runtimes/node_modules', name, ...parts)

/**
 * A runtime that is a program on the console: it does one task over each transport it has.
 *
 * @param {string} name in the table
 * @param {object} how `runtime`: what its nodes call themselves; `program` and `args`: how it runs a file
 */
function consoleRuntime(name, { runtime = name, program, args = [], file, env, fromNpm = true }) {
  return {
    name,
    fromNpm,
    bring: 'npm ci --prefix test/runtimes',
    async run({ app, addresses, requests, timeoutMs }) {
      const options = { cwd: app, timeoutMs, env }
      const version = (await outputOf(program, ['--version'], options)).split('\n')[0]
      const carriers = Object.keys(addresses)
      // Listening is part of the first task only: it tries every transport.
      const tasks = carriers.map((carrier, index) => ({
        runtime,
        requests,
        address: addresses[carrier],
        listen: index === 0 ? LISTEN : [LISTEN[1]],
      }))
      const results = await resultsOf(program, [...args, join(app, file), JSON.stringify(tasks)], options)
      return {
        version: /\d+(?:\.\d+)+/.exec(version)?.[0] ?? version,
        rows: results.map((steps, index) => ({ over: carriers[index] ?? 'both ends', steps })),
      }
    },
  }
}

/** The Node that runs the project itself. */
export const node = consoleRuntime('node', { program: process.execPath, file: 'node.mjs', fromNpm: false })

export const node24Program = installed('node', 'bin', 'node')
export const node24 = consoleRuntime('node24', { runtime: 'node', program: node24Program, file: 'node.mjs' })

export const deno = consoleRuntime('deno', {
  program: installed('.bin', 'deno'),
  // Nothing but what was installed: no registry, no lock file, no question asked.
  args: ['run', '--allow-all', '--no-prompt', '--no-lock', '--cached-only', '--node-modules-dir=manual'],
  file: 'deno.mjs',
  env: { DENO_NO_UPDATE_CHECK: '1' },
})

export const bun = consoleRuntime('bun', {
  program: installed('.bin', 'bun'),
  args: ['--no-install'],
  file: 'bun.mjs',
})
