import type { Carrier, Listener } from '../../ports/transport.js'
import type { Transports } from './transports.js'

/** The places where a node can be reached. */
export class Listeners {
  private readonly listeners: Listener[] = []

  constructor(
    private readonly transports: Transports,
    private readonly onCarrier: (carrier: Carrier) => void,
  ) {}

  /** Addresses as they were bound: with the ports that were free. */
  get addresses(): string[] {
    return this.listeners.map(listener => listener.address)
  }

  /**
   * Listens at all of the addresses, or at none: the first failure closes what was opened before.
   * @throws HyphaeError as the transports do, UNSUPPORTED_RUNTIME for a scheme nobody serves
   */
  async listen(addresses: readonly string[]): Promise<void> {
    try {
      for (const address of addresses) {
        this.listeners.push(await this.transports.of(address).listen(address, this.onCarrier))
      }
    } catch (error) {
      await this.close()
      throw error
    }
  }

  /** Accepts nobody any more; accepted carriers live on. */
  async close(): Promise<void> {
    await Promise.allSettled(this.listeners.splice(0).map(listener => listener.close()))
  }
}
