import { describe } from 'vitest'
import { transportCompliance } from '../../src/sim/compliance/transport.js'
import { tcp } from '../../src/transports/tcp/node.js'
import { realPorts, runCases } from './support.js'

describe('tcp transport', () => {
  runCases(
    transportCompliance({
      factory: tcp(),
      ports: realPorts,
      listenAddress: 'tcp://127.0.0.1:0',
      pausesPeer: true,
    }),
    {
      'delivers any split of the writes as one stream, in order, both ways at once': '[C1] [D57] ',
    },
  )
})
