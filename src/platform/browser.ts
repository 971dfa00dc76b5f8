import { leanPublicKeyCrypto } from '../crypto/lean.js'
import { leanKernels } from '../kernels/lean.js'
import { bindCreateNode, type CreateNode } from '../node/api/create-node.js'
import { bindIdentities } from '../node/api/identities.js'
import type { NodePorts } from '../node/api/ports.js'
import { websocket } from '../transports/websocket/client.js'
import { systemClock, systemDefer } from './clock.js'
import { bindLazyMlKem } from './lazy-ml-kem.js'
import { systemRandom } from './random.js'

export * from '../index.js'

const mlkem = /* @__PURE__ */ bindLazyMlKem(leanKernels, () => import('../crypto/ml-kem.js'))

/** What browsers bring along. Compression is not among it: theirs is asynchronous. */
const ports: NodePorts = {
  runtime: 'browser',
  clock: systemClock,
  defer: systemDefer,
  random: systemRandom,
  kernels: () => leanKernels.load(),
  prepare: () => mlkem.prepare(),
  publicKey: () => leanPublicKeyCrypto(systemRandom, mlkem.get()),
  transports: () => [websocket()],
}

/** See `createNode` of the package. */
export const createNode: CreateNode = /* @__PURE__ */ bindCreateNode(ports)

/** See `identities` of the package. */
export const identities = /* @__PURE__ */ bindIdentities(ports)
