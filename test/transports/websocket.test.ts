import IsomorphicWebSocket from 'isomorphic-ws'
import { describe } from 'vitest'
import { transportCompliance } from '../../src/sim/compliance/transport.js'
import { websocket as client, type StandardWebSocketConstructor } from '../../src/transports/websocket/client.js'
import { websocket } from '../../src/transports/websocket/node.js'
import { realPorts, runCases, silentServer } from './support.js'

describe('websocket transport on Node', () => {
  runCases(
    transportCompliance({
      factory: websocket(),
      ports: realPorts,
      listenAddress: 'ws://127.0.0.1:0/mesh',
      pausesPeer: true,
      silent: () => silentServer('ws'),
    }),
  )
})

describe('websocket transport on Node with a mask of zeros', () => {
  runCases(
    transportCompliance({
      factory: websocket({ zeroMask: true }),
      ports: realPorts,
      listenAddress: 'ws://127.0.0.1:0',
      pausesPeer: true,
    }),
  )
})

describe('websocket client on a standard WebSocket', () => {
  runCases(
    transportCompliance({
      factory: client({ WebSocket: IsomorphicWebSocket as unknown as StandardWebSocketConstructor }),
      listening: websocket(),
      ports: realPorts,
      listenAddress: 'ws://127.0.0.1:0',
      pausesPeer: false,
      silent: () => silentServer('ws'),
    }),
  )
})
