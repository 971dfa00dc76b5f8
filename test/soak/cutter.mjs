// A place between two members whose connections can be cut: every dial of one goes through here to the other.
import { connect, createServer } from 'node:net'
import { once } from 'node:events'

export class Cutter {
  #servers = []
  #pairs = new Set()
  cuts = 0

  /** Listens for one node; answers `{ port, aim }`: `aim(port)` says where the node listens now. */
  async gate() {
    let target = 0
    const server = createServer({ noDelay: true }, inbound => this.#join(inbound, target))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    this.#servers.push(server)
    return { port: server.address().port, aim: port => (target = port) }
  }

  /** Connections open now. */
  get size() {
    return this.#pairs.size
  }

  /** Destroys both ends of a connection, with whatever was on the way. */
  cut(random) {
    const pair = random.pick([...this.#pairs])
    if (pair === undefined) return
    this.cuts++
    for (const socket of pair) socket.destroy()
  }

  /** Stops reading on both ends for a while, as a network does that loses everything. */
  stall(random, forMs) {
    const pair = random.pick([...this.#pairs])
    if (pair === undefined) return
    for (const socket of pair) socket.pause()
    setTimeout(() => pair.forEach(socket => socket.resume()), forMs)
  }

  close() {
    for (const server of this.#servers) server.close()
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  #join(inbound, port) {
    const outbound = connect(port, '127.0.0.1')
    outbound.setNoDelay(true)
    const pair = [inbound, outbound]
    this.#pairs.add(pair)
    for (const socket of pair) {
      const other = socket === inbound ? outbound : inbound
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#pairs.delete(pair)
        other.destroy()
      })
      socket.pipe(other)
    }
  }
}
