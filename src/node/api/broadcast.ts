import type { HyphaeError } from '../../core/errors.js'
import type { PeerId } from '../../core/ids.js'
import { hyphaeError } from '../host/failure.js'
import { checkName } from './incoming.js'
import type { Outgoing, SendOptions } from './outgoing.js'
import type { FinalStatus } from './sent-message.js'

/** How one peer fared in a broadcast. */
export type BroadcastOutcome =
  | { readonly peer: PeerId; readonly status: FinalStatus }
  | { readonly peer: PeerId; readonly status: 'failed'; readonly error: HyphaeError }

/** How a broadcast ended. */
export interface BroadcastResult {
  /** One for each peer that was connected, in no particular order. */
  readonly outcomes: readonly BroadcastOutcome[]
  /** Peers it reached: `sent` at qos 0, `acknowledged` otherwise. */
  readonly reached: number
  /** Peers it did not reach. */
  readonly failed: number
}

/**
 * Sends one message to every peer that is connected now; the body is encoded once.
 *
 * @throws HyphaeError INVALID_ARGUMENT for a name or body that nobody could be sent
 */
export async function broadcast(
  node: { readonly outgoing: Outgoing; readonly connected: ReadonlySet<PeerId> },
  name: string,
  body: unknown,
  options: SendOptions = {},
): Promise<BroadcastResult> {
  checkName(name)
  const encoded = node.outgoing.bodies.encode(body)
  const sending = [...node.connected].map(async (peer): Promise<BroadcastOutcome> => {
    try {
      return { peer, status: await node.outgoing.sendEncoded(peer, name, encoded, options) }
    } catch (error) {
      return { peer, status: 'failed', error: hyphaeError(error, 'INTERNAL', 'broadcast') }
    }
  })
  const outcomes = await Promise.all(sending)
  const failed = outcomes.filter(outcome => outcome.status === 'failed').length
  return { outcomes, reached: outcomes.length - failed, failed }
}
