import { confront, Exchange, HandshakeNet, type HandshakeNode } from '../support/handshake-net.js'

let made: { alice: HandshakeNode; bob: HandshakeNode; net: HandshakeNet; packets: Uint8Array[] } | undefined

function nodes() {
  if (made !== undefined) return made
  const net = new HandshakeNet()
  const [alice, bob] = [net.node(), net.node()]
  const { toResponder, toInitiator } = new Exchange(alice, bob).run()
  return (made = { net, alice, bob, packets: [...toResponder, ...toInitiator] })
}

/** The packets of an honest exchange. */
export const handshakePackets = (): Uint8Array[] => nodes().packets

/** Bytes to both sides of a handshake that waits for others: neither may come to a session. */
export function confrontNodes(bytes: Uint8Array): void {
  const { alice, bob, net } = nodes()
  const outcome = confront(bob, bytes)
  const exchange = new Exchange(alice, bob, { certificate: alice.learn(bob), tamper: () => undefined }).run()
  exchange.initiator.receive(bytes, 0, bytes.length, net.time)
  if (outcome.established !== undefined || exchange.a.established !== undefined) throw new Error('a session came about')
}
