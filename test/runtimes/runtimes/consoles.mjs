import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../../../scripts/lib/project.mjs'
import { outputOf, resultsOf } from '../lib/processes.mjs'
import { tasksWithSockets } from './tasks.mjs'

const installed = (name, ...parts) => at('test/runtimes/node_modules', name, ...parts)

/**
 * A runtime that is a program on the console: it does one task over each transport it has, and what needs no server.
 *
 * @param {string} name in the table
 * @param {object} how `runtime`: what its nodes call themselves; `program` and `args`: how it runs `file`; `trust`: the
 *   environment variable that names a further authority; `refused`: schemes it cannot listen at; `trustsWss`: false where it
 *   takes no pins for `wss://`
 */
function consoleRuntime(name, how) {
  const { runtime = name, program, args = [], file, env = {}, trust, refused, trustsWss, fromNpm = true } = how
  return {
    name,
    fromNpm,
    bring: fromNpm ? 'npm ci --prefix test/runtimes' : `node test/runtimes/run.mjs ${name}, with a network`,
    async run({ app, tls, addresses, requests, timeoutMs }) {
      const options = { cwd: app, timeoutMs, env: { ...env, [trust]: tls.caFile } }
      const version = await outputOf(program, ['--version'], options)
      const tasks = tasksWithSockets({ runtime, addresses, requests, refused, trustsWss })
      const folder = join(app, `state-${name}`)
      mkdirSync(folder)
      const job = JSON.stringify({ tasks: Object.values(tasks), tls, folder })
      const results = await resultsOf(program, [...args, join(app, file), job], options)
      const carriers = [...Object.keys(tasks), 'without server']
      return {
        version: /\d+(?:\.\d+)+/.exec(version)?.[0] ?? version,
        rows: results.map((steps, index) => ({ over: carriers[index], steps })),
      }
    },
  }
}

/** The Node that runs the project itself. */
export const node = consoleRuntime('node', {
  program: process.execPath,
  file: 'node.mjs',
  trust: 'NODE_EXTRA_CA_CERTS',
  fromNpm: false,
})

export const node24Program = installed('node', 'bin', 'node')

export const node24 = consoleRuntime('node24', {
  runtime: 'node',
  program: node24Program,
  file: 'node.mjs',
  trust: 'NODE_EXTRA_CA_CERTS',
})

export const deno = consoleRuntime('deno', {
  program: installed('.bin', 'deno'),
  // Nothing but what was installed: no registry, no lock file, no question asked.
  args: ['run', '--allow-all', '--no-prompt', '--no-lock', '--cached-only', '--node-modules-dir=manual'],
  file: 'deno.mjs',
  env: { DENO_NO_UPDATE_CHECK: '1' },
  trust: 'DENO_CERT',
})

export const bun = consoleRuntime('bun', {
  program: installed('.bin', 'bun'),
  args: ['--no-install'],
  trustsWss: false,
  file: 'bun.mjs',
  trust: 'NODE_EXTRA_CA_CERTS',
})
