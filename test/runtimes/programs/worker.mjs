import { client, createNode, isHyphaeError, method, service } from 'hyphae'
import { loadKernels } from 'hyphae/kernels'
import { suites } from 'hyphae/suites'
import { createSimulation } from 'hyphae/testing'
import { complianceOf } from './compliance.mjs'
import { exercise } from './exercise.mjs'
import { Gateway } from './gateway.mjs'

const library = { client, createNode, createSimulation, isHyphaeError, loadKernels, method, service, suites }

/** A node must outlive a request, so it lives in a Durable Object. */
export class Mesh {
  #gateway = new Gateway()

  async fetch(request) {
    if (request.headers.get('upgrade') === 'websocket') return this.#gateway.answer(request)
    const tasks = await request.json()
    const { host } = new URL(request.url)
    const results = []
    for (const task of tasks) results.push(await exercise(library, task, { inbound: () => this.#listen(host) }))
    const gateway = {
      factory: this.#gateway.factory(),
      listenAddress: `ws://${host}/contract`,
      pausesPeer: false,
      tellsFull: false,
    }
    results.push(await complianceOf({ 'ws, as gateway': gateway }))
    return Response.json(results)
  }

  /** A node that takes in the connections made to this object. */
  async #listen(host) {
    const node = await createNode({ transports: [this.#gateway.factory()], listen: [`ws://${host}/mesh`] })
    return { node, addresses: node.addresses }
  }
}

export default {
  fetch(request, env) {
    return env.MESH.get(env.MESH.idFromName('mesh')).fetch(request)
  },
}
