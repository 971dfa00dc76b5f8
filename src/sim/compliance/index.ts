export { type ComplianceCase } from './case.js'
export { type TransportSubject } from './bench.js'
export { transportCompliance } from './transport.js'
export { storeCompliance, type StoreSubject } from './store.js'
