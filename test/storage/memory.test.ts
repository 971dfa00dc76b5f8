import { describe } from 'vitest'
import { storeCompliance } from '../../src/sim/compliance/store.js'
import { createMemoryStore } from '../../src/storage/memory.js'
import { runCases } from '../transports/support.js'

describe('memory store', () => runCases(storeCompliance({ open: async () => createMemoryStore() })))
