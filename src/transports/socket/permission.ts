import { dialFailure, listenFailure } from '../failures.js'
import { formatAddress, type Address } from '../../wire/address.js'

/** What hyphae uses of Deno's permissions. */
interface DenoPermissions {
  requestSync(descriptor: { name: 'net'; host: string }): { readonly state: string }
}

/**
 * Asks Deno for the network before a `node:` module does: refused there, it throws outside of every promise and event,
 * which ends the process. Elsewhere nothing is asked.
 *
 * @throws HyphaeError PERMISSION
 */
export function askForNetwork(action: 'dial' | 'listen', { scheme, host, port }: Address): void {
  const { Deno } = globalThis as { Deno?: { readonly permissions?: DenoPermissions } }
  if (!Deno?.permissions) return
  const bracketed = host.includes(':') ? `[${host}]` : host
  if (Deno.permissions.requestSync({ name: 'net', host: `${bracketed}:${port}` }).state === 'granted') return
  const address = formatAddress({ scheme, host, port, path: '' })
  throw (action === 'dial' ? dialFailure : listenFailure)(address, { code: 'EACCES' })
}
