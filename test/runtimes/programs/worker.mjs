import { createNode, isHyphaeError } from 'hyphae'
import { loadKernels } from 'hyphae/kernels'
import { acceptWebSocket } from 'hyphae/transports/websocket'
import { exercise } from './exercise.mjs'

const library = { createNode, isHyphaeError, loadKernels }

/** A node must outlive a request, so it lives in a Durable Object. */
export class Mesh {
  #inbound

  async fetch(request) {
    if (request.headers.get('upgrade') === 'websocket') return this.#accept(request)
    const task = await request.json()
    const refused = await exercise(library, task)
    const accepted = await this.#withInbound(task, new URL(request.url).host)
    return Response.json([refused, accepted])
  }

  /** Once more, with a node that takes the connections of this object in. */
  async #withInbound(task, host) {
    return exercise(library, task, async () => {
      this.#inbound = await createNode()
      return { node: this.#inbound, addresses: [`ws://${host}`] }
    })
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
