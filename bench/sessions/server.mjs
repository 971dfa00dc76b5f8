// The listening side of rows with two processes: serves contenders by name and answers questions over IPC.
import { Arrivals } from './arrivals.mjs'
import { contenders } from './peers/index.mjs'

const served = new Map()

const calls = {
  async serve({ key }) {
    const arrivals = new Arrivals()
    const { address } = await contenders[key].serve(arrivals)
    served.set(key, arrivals)
    return address
  },
  total: ({ key }) => served.get(key).total(),
  reach: ({ key, total }) => served.get(key).reach(total),
  cpuMs() {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1000
  },
}

process.on('message', async ({ id, call, ...options }) => {
  try {
    process.send({ id, answer: await calls[call](options) })
  } catch (error) {
    process.send({ id, error: String(error?.message ?? error) })
  }
})
process.on('disconnect', () => process.exit(0))
