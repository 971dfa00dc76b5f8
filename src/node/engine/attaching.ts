import { toHex } from '../../core/text.js'
import { PacketReader } from '../../protocols/handshake/packet-reader.js'
import { ATTACH, ATTACH_UNKNOWN, HEADER, PACKET, writeHeader } from '../../wire/handshake.js'
import type { AttachingPart, ConnectionState, Core, Link } from './core.js'
import { failure } from './failures.js'

/** Changes of carrier: finds the session a carrier is meant for and moves it there. */
export class Attaching implements AttachingPart {
  private readonly sessions = new Map<string, ConnectionState>()
  /** Changes of carrier that were completed. */
  count = 0

  constructor(private readonly core: Core) {}

  /** Attach ids that are known. */
  get size(): number {
    return this.sessions.size
  }

  /** Makes the responder's session findable under its present attach ids. */
  register(connection: ConnectionState): void {
    this.unregister(connection)
    connection.attachIds = connection.session.attachIds().map(toHex)
    for (const id of connection.attachIds) this.sessions.set(id, connection)
  }

  /** The session ended. */
  unregister(connection: ConnectionState): void {
    for (const id of connection.attachIds) this.sessions.delete(id)
    connection.attachIds = []
  }

  /** Initiator: a carrier for an existing session is open. */
  begin(link: Link, connection: ConnectionState): void {
    this.expect(link, connection)
    this.core.links.send(link, connection.session.beginAttach(this.core.time))
  }

  /** Responder: a carrier asks for a session. One that is not known gets a hint, so that the peer begins a new one at once. */
  answer(link: Link, packet: Uint8Array): void {
    const id = packet.slice(ATTACH.id, ATTACH.idEnd)
    const connection = this.sessions.get(toHex(id))
    const ok = connection?.session.answerAttach(packet, this.core.time)
    if (connection !== undefined && ok !== undefined) {
      this.expect(link, connection)
      return this.core.links.send(link, ok)
    }
    const reply = new Uint8Array(ATTACH_UNKNOWN.bytes)
    writeHeader(reply, PACKET.attachUnknown, 0)
    reply.set(id, ATTACH_UNKNOWN.id)
    this.core.links.send(link, reply)
    this.core.links.end(link, failure('SESSION_LOST', 'no such session'))
  }

  /** Bytes of a carrier on its way to a session. @returns bytes behind the exchange, which are records */
  data(link: Link, buffer: Uint8Array, from: number, to: number): Uint8Array | undefined {
    const rest = link.reader?.read(buffer, from, to, packet => {
      this.packet(link, packet)
      return false
    })
    if (rest === false) this.core.links.drop(link, 'not a change of carrier')
    return rest === false || link.state !== 'session' ? undefined : rest
  }

  private expect(link: Link, connection: ConnectionState): void {
    link.state = 'attaching'
    link.connection = connection
    link.reader = new PacketReader(0)
  }

  private packet(link: Link, packet: Uint8Array): void {
    const { links, time } = this.core
    const connection = link.connection
    if (connection?.session.alive !== true) return links.drop(link, 'the session ended')
    const { session } = connection
    if (session.side === 'initiator') {
      if (packet[HEADER.type] === PACKET.attachUnknown) return this.unknown(link)
      const done = packet[HEADER.type] === PACKET.attachOk ? session.finishAttach(packet, time) : undefined
      if (done === undefined) return links.drop(link, 'the answer to the change of carrier is not genuine')
      links.send(link, done)
    } else if (packet[HEADER.type] !== PACKET.attachDone || !session.confirmAttach(packet, time)) {
      return links.drop(link, 'the change of carrier was not confirmed')
    }
    this.adopt(link, connection)
  }

  /** The peer does not know the session any more, or says so: a new one is begun, the old one ends when that is there. */
  private unknown(link: Link): void {
    const { attempt } = link
    this.core.links.forget(link)
    this.core.sink.closeCarrier(link.number, true)
    if (attempt !== undefined) this.core.dialing.replaceSession(attempt)
  }

  private adopt(link: Link, connection: ConnectionState): void {
    const { core } = this
    const { attempt } = link
    const old = connection.link
    if (old !== undefined && old !== link) {
      core.sink.closeCarrier(old.number, true)
      core.links.forget(old)
    }
    this.count++
    connection.link = link
    connection.address = link.info?.remote ?? connection.address
    connection.pingSentMs = undefined
    core.links.settle(link)
    core.wantFlush(connection)
    if (connection.peer !== undefined) core.sink.onCarrierChange(connection.peer.id, connection.address)
    if (attempt !== undefined) core.dialing.attached(attempt)
    else core.dialing.carrierBack(connection)
  }
}
