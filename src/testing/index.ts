export {
  checkServer,
  type CheckServerOptions,
  type ReportRow,
  type ServerReport,
} from './check-server/check-server.ts'
export type { Harm } from './check-server/check.ts'
export { formatReport } from './check-server/format-report.ts'
export type { Credentials, LoginAttempt } from './check-server/probe.ts'
export type { Settings } from './check-server/settings.ts'
export type { Clock, PageMoment } from '../ports.ts'
export type { Faults } from './faults.ts'
export { createMockSession, type MockSessionOptions, type MockUser } from './mock/mock-session.ts'
export { plainServer, type PlainServerOptions } from './plain-server.ts'
export {
  storeContract,
  type CreateStore,
  type StoreCheck,
} from './store-contract/store-contract.ts'
export { strictServer, type StrictServerOptions } from './strict-server.ts'
export { createTestSession, type TestSession, type TestSessionOptions } from './test-session.ts'
export type { ServerLimits } from './token-families.ts'
export {
  transportContract,
  type ContractServer,
  type TransportCheck,
  type TransportContractOptions,
} from './transport-contract.ts'
export {
  createVirtualBrowser,
  type VirtualBrowser,
  type VirtualBrowserOptions,
} from './virtual-browser.ts'
export type { Delivery } from './virtual-channel.ts'
export type { VirtualClock } from './virtual-clock.ts'
export type { Leg, Script, SentRequest, VirtualNetwork } from './virtual-network.ts'
export type {
  RefreshAudit,
  ServerAnswer,
  ServerProgram,
  TokenAnswer,
  VirtualServer,
  VirtualServerOptions,
} from './virtual-server.ts'
export type { VirtualTab } from './virtual-tab.ts'
export type { VirtualWorker } from './virtual-worker.ts'
