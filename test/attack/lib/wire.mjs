// Raw carriers of a hostile process: a TCP socket, or the bytes inside a WebSocket.
import { once } from 'node:events'
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { join } from '../../support/handshake-second.mjs'

/** Host and port of tcp://host:port or ws://host:port. */
export function target(address) {
  const [, scheme, host, port] = /^(\w+):\/\/([^:/]+):(\d+)/.exec(address)
  return { scheme, host, port: Number(port) }
}

/** A carrier that says what it is told to and keeps everything it hears. */
export class Wire {
  held = new Uint8Array(0)
  received = 0
  closed = false
  waiting = new Set()

  /** @param {{ localAddress?: string }} options */
  static async open(address, options = {}) {
    const { scheme, host, port } = target(address)
    const wire = new Wire()
    if (scheme === 'tcp') await wire.overTcp(connect({ host, port, ...options }))
    else await wire.overWebSocket(new WebSocket(`ws://${host}:${port}/`, { perMessageDeflate: false, ...options }))
    return wire
  }

  async overTcp(socket) {
    this.socket = socket
    this.send = bytes => socket.write(bytes)
    this.end = () => socket.destroy()
    socket.on('data', bytes => this.hear(bytes))
    await this.opened(socket, 'connect')
  }

  async overWebSocket(ws) {
    this.ws = ws
    this.send = bytes => ws.send(bytes)
    this.end = () => ws.terminate()
    ws.on('message', bytes => this.hear(bytes))
    await this.opened(ws, 'open')
  }

  async opened(emitter, event) {
    emitter.on('error', () => this.close())
    emitter.on('close', () => this.close())
    await Promise.race([once(emitter, event), once(emitter, 'close')]).catch(() => undefined)
  }

  hear(bytes) {
    this.received += bytes.length
    this.held = join(this.held, bytes)
    this.wake()
  }

  close() {
    this.closed = true
    this.wake()
  }

  wake() {
    for (const check of [...this.waiting]) check()
  }

  /** Waits until something holds, the end or a time comes. */
  until(holds, timeoutMs) {
    return new Promise(resolve => {
      const check = () => {
        if (!holds() && !this.closed) return
        done()
      }
      const done = () => {
        this.waiting.delete(check)
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(done, timeoutMs)
      this.waiting.add(check)
      check()
    })
  }

  /** The next bytes, or undefined where they do not come. */
  async take(count, timeoutMs = 5000) {
    await this.until(() => this.held.length >= count, timeoutMs)
    if (this.held.length < count) return undefined
    const bytes = this.held.slice(0, count)
    this.held = this.held.slice(count)
    return bytes
  }

  /** What comes until the other side closes, or until it has said nothing more for so long. */
  async outcome(timeoutMs = 3000) {
    await this.until(() => false, timeoutMs)
    const replied = this.held
    this.held = new Uint8Array(0)
    return { replied, closed: this.closed }
  }
}
