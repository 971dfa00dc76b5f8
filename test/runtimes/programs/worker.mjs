import { client, createNode, isHyphaeError, method, service } from 'hyphae'
import { loadKernels } from 'hyphae/kernels'
import { suites } from 'hyphae/suites'
import { createSimulation } from 'hyphae/testing'
import { acceptWebSocket } from 'hyphae/transports/websocket'
import { exercise } from './exercise.mjs'

const library = { client, createNode, createSimulation, isHyphaeError, loadKernels, method, service, suites }

/** A node must outlive a request, so it lives in a Durable Object. */
export class Mesh {
  #inbound

  async fetch(request) {
    if (request.headers.get('upgrade') === 'websocket') return this.#accept(request)
    const tasks = await request.json()
    const { host } = new URL(request.url)
    const results = []
    for (const task of tasks) results.push(await exercise(library, task, { inbound: () => this.#listen(host) }))
    return Response.json(results)
  }

  /** A node that takes in the connections made to this object. */
  async #listen(host) {
    this.#inbound = await createNode()
    return { node: this.#inbound, addresses: [`ws://${host}`] }
  }

  #accept(request) {
    const { 0: client, 1: server } = new WebSocketPair()
    this.#inbound.accept(ports => acceptWebSocket(server, ports, request.headers.get('CF-Connecting-IP') ?? ''))
    return new Response(null, { status: 101, webSocket: client })
  }
}

export default {
  fetch(request, env) {
    return env.MESH.get(env.MESH.idFromName('mesh')).fetch(request)
  },
}
