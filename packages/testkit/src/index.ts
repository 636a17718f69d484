// Conformance of connectors and stores, and faults.
export { connectorConformance } from './conformance/connector-conformance.ts';
export type {
  ConnectorConformanceOptions,
  Delivery,
  OpenedConnector,
  SeedIssue,
} from './conformance/options.ts';
export {
  FAULT_KINDS,
  type Fault,
  type FaultHistory,
  type FaultPlan,
  type FaultRecord,
  type ScriptedFault,
  type SeededFaults,
} from './faults/fault.ts';
export { type FaultyFetch, faultyFetch } from './faults/faulty-fetch.ts';
export {
  type FaultySyncOptions,
  type FaultyWorld,
  faultySync,
  type IssueThere,
} from './faults/faulty-sync.ts';
export { type FaultyConnector, type WithFaultsOptions, withFaults } from './faults/with-faults.ts';
// The simulation.
export { type HistoryOutcome, playHistory } from './simulation/history.ts';
export {
  DEED_KINDS,
  FAULT_KINDS as SIMULATED_FAULTS,
  type HistoryOptions,
  type MaskedKind,
} from './simulation/kinds.ts';
export { type Play, shrink } from './simulation/shrink.ts';
export type { HistoryTools, OpenStore, WrapBackend } from './simulation/world.ts';
export type { OpenedStore, StoreConformanceOptions, StoreContext } from './store-conformance/options.ts';
export { storeConformance } from './store-conformance/store-conformance.ts';
export { ConformanceError } from './support/check.ts';
export type { TestFunction } from './support/runner.ts';
