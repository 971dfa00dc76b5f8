import { HyphaeError } from '../../core/errors.js'
import type { Transport } from '../../ports/transport.js'
import { parseAddress } from '../../wire/address.js'

/** The transports of a node by the schemes of their addresses; the first one of a scheme serves it. */
export class Transports {
  private readonly byScheme = new Map<string, Transport>()

  constructor(transports: readonly Transport[]) {
    for (const transport of transports) {
      for (const scheme of transport.schemes) if (!this.byScheme.has(scheme)) this.byScheme.set(scheme, transport)
    }
  }

  /** Schemes that can be dialled or listened at. */
  get schemes(): string[] {
    return [...this.byScheme.keys()]
  }

  /**
   * The transport of an address.
   * @throws HyphaeError INVALID_ARGUMENT for a malformed address, UNSUPPORTED_RUNTIME for a scheme nobody serves
   */
  of(address: string): Transport {
    const { scheme } = parseAddress(address)
    const transport = this.byScheme.get(scheme)
    if (transport !== undefined) return transport
    throw new HyphaeError('UNSUPPORTED_RUNTIME', `no transport of this node serves ${scheme}://`, {
      remedy: `use one of ${this.schemes.map(known => `${known}://`).join(', ')}, or add a transport to options.transports`,
      details: { scheme, schemes: this.schemes },
    })
  }
}
