import { leanPublicKeyCrypto } from '../crypto/lean.js'
import { nobleMlKem768 } from '../crypto/ml-kem.js'
import { loadKernels } from '../kernels/index.workerd.js'
import { bindCreateNode, type CreateNode } from '../node/api/create-node.js'
import { bindIdentities } from '../node/api/identities.js'
import type { NodePorts } from '../node/api/ports.js'
import { websocket } from '../transports/websocket/workerd.js'
import { systemClock, systemDefer } from './clock.js'
import { systemRandom } from './random.js'

export * from '../index.js'

/** What workerd (Cloudflare Workers) brings along. Nobody listens there: see `HyphaeNode.accept`. */
const ports: NodePorts = {
  runtime: 'workerd',
  clock: systemClock,
  defer: systemDefer,
  random: systemRandom,
  kernels: () => loadKernels(),
  publicKey: () => leanPublicKeyCrypto(systemRandom, loadKernels().mlkem768 ?? nobleMlKem768),
  transports: () => [websocket()],
}

/** See `createNode` of the package. */
export const createNode: CreateNode = /* @__PURE__ */ bindCreateNode(ports)

/** See `identities` of the package. */
export const identities = /* @__PURE__ */ bindIdentities(ports)
