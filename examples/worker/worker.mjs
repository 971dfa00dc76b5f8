// An edge worker as a member of a mesh: it cannot listen, so the runtime accepts and hands the connection over.
import { createNode } from 'hyphae'
import { acceptWebSocket } from 'hyphae/transports/websocket'

// One node for all requests of this isolate, made with the first: workers may do nothing before it.
let making

async function makeNode() {
  const node = await createNode()
  node.handle('shout', body => String(body).toUpperCase())
  return node
}

export default {
  async fetch(request) {
    const node = await (making ??= makeNode())
    if (request.headers.get('upgrade') !== 'websocket') return Response.json({ peer: node.id })
    const { 0: client, 1: server } = new WebSocketPair()
    node.accept(ports => acceptWebSocket(server, ports, request.headers.get('CF-Connecting-IP') ?? ''))
    return new Response(null, { status: 101, webSocket: client })
  },
}
