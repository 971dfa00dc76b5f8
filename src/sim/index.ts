/**
 * `hyphae/testing`: simulated networks with virtual time, faults and traces, stand-ins for cryptography, and the suites
 * that third-party transports and stores are held to.
 */
export { type ComplianceCase } from './compliance/case.js'
export { type StoreSubject, storeCompliance } from './compliance/store.js'
export { transportCompliance } from './compliance/transport.js'
export { type TransportSubject } from './compliance/bench.js'
export { FAKE_LIFETIME_MS, FakeAuthority, FakeCertificates, type FakeRoot } from './crypto/identity.js'
export { createFakeKem } from './crypto/kem.js'
export { createFakeKernels } from './crypto/kernels.js'
export { createFakePublicKey } from './crypto/public-key.js'
export { type Fault, type FaultPlan } from './faults.js'
export { LINK_DEFAULTS, type LinkConditions } from './net/conditions.js'
export { SimNode, type SimTarget } from './node/node.js'
export {
  type ConnectRecord,
  type MessageHandler,
  type ReceivedMessage,
  type RequestHandler,
  type RequestRecord,
  type SendRecord,
  type SimRequest,
  type SimRequestOptions,
  type SimSendOptions,
} from './node/records.js'
export { type Incident } from './node/sink.js'
export { type SimStream } from './node/stream.js'
export { createSimulation, type SimNodeOptions, type Simulation, type SimulationOptions } from './simulation.js'
export { SIM_EPOCH_MS } from './time/clock.js'
export { SeededRandom } from './time/random.js'
export { type TraceEntry } from './trace/trace.js'
export { World, type WorldOptions } from './world.js'
