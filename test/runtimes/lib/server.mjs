import { join } from 'node:path'
import { start } from './processes.mjs'

/**
 * Starts the node that all runtimes connect to, from the installed package.
 *
 * @returns `addresses[name]`: `{ ws, tcp, wss, tls }`, for each runtime its own; `stop` ends it and throws when it did not end well
 */
export async function startServer({ app, tls, names, timeoutMs }) {
  const server = start(process.execPath, [join(app, 'server.mjs'), JSON.stringify({ names, tls })], {
    cwd: app,
    timeoutMs,
  })
  const addresses = JSON.parse(`{${await server.line('{')}`)
  return {
    addresses,
    async stop() {
      server.child.stdin.end()
      const late = setTimeout(server.end, 5000, 'the server did not end')
      const code = await server.ended
      clearTimeout(late)
      if (code !== 0) throw new Error(server.failure(code))
    },
  }
}
