import { fork } from 'node:child_process'
import { at } from '../../scripts/lib/project.mjs'
import { Arrivals } from './arrivals.mjs'
import { contenders } from './peers/index.mjs'

/** The other process, whose functions can be called. */
function startServer() {
  const child = fork(at('bench/sessions/server.mjs'), [], { execArgv: ['--expose-gc'] })
  const waiting = new Map()
  let next = 0
  child.on('message', ({ id, answer, error }) => {
    const { resolve, reject } = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) resolve(answer)
    else reject(new Error(error))
  })
  child.on('exit', () => waiting.forEach(({ reject }) => reject(new Error('the listening process ended'))))
  const call = (name, options) =>
    new Promise((resolve, reject) => {
      waiting.set(++next, { resolve, reject })
      child.send({ id: next, call: name, ...options })
    })
  return { call, stop: () => child.disconnect() }
}

/**
 * Both ends of contenders, made when first asked for and kept: with one process, and with the listening side in another.
 *
 * @returns {{ pairOf(contender: object, processes: 1 | 2): Promise<object>, close(): void }}
 */
export function makePairs() {
  const made = new Map()
  let server
  async function inOne(contender) {
    const arrivals = new Arrivals()
    const { address } = await contender.serve(arrivals)
    return { contender, client: await contender.connect(address), arrivals }
  }
  async function inTwo(contender) {
    const { call } = (server ??= startServer())
    const key = contenders.indexOf(contender)
    const client = await contender.connect(await call('serve', { key }))
    const arrivals = { total: () => call('total', { key }), reach: total => call('reach', { key, total }) }
    return { contender, client, arrivals, cpuMs: () => call('cpuMs') }
  }
  return {
    pairOf(contender, processes) {
      const key = `${contender.transport} ${contender.name} ${processes}`
      if (!made.has(key)) made.set(key, processes === 1 ? inOne(contender) : inTwo(contender))
      return made.get(key)
    },
    close: () => server?.stop(),
  }
}
