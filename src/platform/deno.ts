import { loadKernels } from '../kernels/index.js'
import { bindCreateNode, type CreateNode } from '../node/api/create-node.js'
import { bindIdentities } from '../node/api/identities.js'
import type { NodePorts } from '../node/api/ports.js'
import { openFileStore } from '../storage/file/node.js'
import { tcp } from '../transports/tcp/node.js'
import { websocket } from '../transports/websocket/node.js'
import { systemClock, systemDefer } from './clock.js'
import { nodeAead } from './crypto/aead/node.js'
import { nodePublicKeyCrypto, nodeScrypt } from './crypto/node.js'
import { nodeDeflate } from './deflate/node.js'
import { nodeFiles } from './files/node.js'
import { systemRandom } from './random.js'

export * from '../index.js'

/** What Deno brings along. */
const ports: NodePorts = {
  runtime: 'deno',
  clock: systemClock,
  defer: systemDefer,
  random: systemRandom,
  kernels: () => loadKernels({ native: nodeAead(), stopwatch: () => performance.now() }),
  publicKey: () => nodePublicKeyCrypto(systemRandom, () => loadKernels().mlkem768),
  transports: () => [websocket(), tcp()],
  compressor: nodeDeflate,
  files: nodeFiles,
  openStore: openFileStore,
  scrypt: nodeScrypt,
}

/** See `createNode` of the package. */
export const createNode: CreateNode = /* @__PURE__ */ bindCreateNode(ports)

/** See `identities` of the package. */
export const identities = /* @__PURE__ */ bindIdentities(ports)
