import type { Decapsulator } from '../../src/ports/crypto.js'
import { mac1Key, writeMac1 } from '../../src/protocols/handshake/macs.js'
import {
  type confront,
  Exchange,
  type ExchangeOptions,
  HandshakeNet,
  type HandshakeNode,
  idOf,
} from './handshake-net.js'

/** A copy with one byte changed. */
export const xored = (packet: Uint8Array, at: number, mask = 1) => {
  const copy = packet.slice()
  copy[at] = copy[at] ^ mask
  return copy
}

/** Two nodes that know each other. */
export function pair(options: { real?: boolean } = {}) {
  const net = new HandshakeNet(options)
  const [alice, bob] = [net.node(), net.node()]
  alice.learn(bob)
  bob.learn(alice)
  return { net, alice, bob }
}

/** Dials with the certificate known and runs to the end. */
export const dial = (from: HandshakeNode, to: HandshakeNode, options: ExchangeOptions = {}) =>
  new Exchange(from, to, { certificate: from.learn(to), ...options }).run()

/** A fresh mac1 on a packet that an attacker changed, as anyone who knows the responder can make. */
export function remac(node: HandshakeNode, packet: Uint8Array, at = packet.length - 32): Uint8Array {
  const copy = packet.slice()
  const { blake3 } = node.net.kernels
  writeMac1(blake3, mac1Key(blake3, node.net.networkId, idOf(node)), copy, at)
  return copy
}

/** What an outsider sees of a confrontation. */
export const outward = (outcome: ReturnType<typeof confront>) => ({
  replies: outcome.replies.map(reply => reply.length),
  established: outcome.established !== undefined,
  closed: outcome.failed !== undefined,
})
/** What a packet gets that proves nothing. */
export const SILENCE = { replies: [], established: false, closed: true }

/** A key that answers when the test says so. */
export function slow(decapsulator: Decapsulator, answers: (() => void)[]): Decapsulator {
  return {
    publicKey: decapsulator.publicKey,
    decapsulate(ciphertext, later) {
      answers.push(() => {
        const secret = decapsulator.decapsulate(ciphertext, later)
        if (secret !== undefined) later(secret === false ? undefined : secret)
      })
      return undefined
    },
    free: () => decapsulator.free(),
  }
}
