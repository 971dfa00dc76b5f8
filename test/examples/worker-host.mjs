// Stands for the runtime of an edge worker: upgrades at a real port, a WebSocketPair, and a response of status 101.
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import { WebSocketServer } from 'ws'

class End extends EventTarget {
  waiting = []
  accepted = false

  accept() {
    this.accepted = true
    for (const event of this.waiting.splice(0)) this.dispatchEvent(event)
  }

  send(data) {
    // What is sent belongs to the runtime from then on; the worker may use its buffer again.
    const copy = typeof data === 'string' ? data : new Uint8Array(data).slice().buffer
    this.other.take(new MessageEvent('message', { data: copy }))
  }

  close(code, reason) {
    this.other.take(Object.assign(new Event('close'), { code, reason }))
  }

  take(event) {
    queueMicrotask(() => (this.accepted ? this.dispatchEvent(event) : this.waiting.push(event)))
  }
}

globalThis.WebSocketPair = class {
  constructor() {
    this[0] = new End()
    this[1] = new End()
    this[0].other = this[1]
    this[1].other = this[0]
  }
}
const { Response: Plain } = globalThis
globalThis.Response = class extends Plain {
  constructor(body, options) {
    const { webSocket, status, ...rest } = options ?? {}
    super(body, webSocket ? rest : { ...rest, status })
    this.webSocket = webSocket
  }
}

const worker = (await import(pathToFileURL(process.argv[2]).href)).default
const sockets = new WebSocketServer({ noServer: true })
const server = createServer(async (request, response) => {
  const answer = await worker.fetch(new Request(`http://worker${request.url}`, { headers: request.headers }))
  response.end(await answer.text())
})
server.on('upgrade', async (request, socket, head) => {
  const { webSocket } = await worker.fetch({ headers: new Headers({ upgrade: 'websocket' }) })
  sockets.handleUpgrade(request, socket, head, real => {
    real.on('message', data => webSocket.send(data))
    real.on('close', code => webSocket.close(code === 1005 ? undefined : code))
    webSocket.addEventListener('message', ({ data }) => real.send(data))
    webSocket.addEventListener('close', () => real.close())
    webSocket.accept()
  })
})
server.listen(0, '127.0.0.1', () => console.log(`listening at ${server.address().port}`))
