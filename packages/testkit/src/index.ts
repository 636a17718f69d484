// Conformance of connectors and stores, and faults.
export { connectorConformance } from './conformance/connector-conformance.ts';
export type {
  ConnectorConformanceOptions,
  Delivery,
  OpenedConnector,
  SeedIssue,
} from './conformance/options.ts';
export { ConformanceError } from './support/check.ts';
export type { TestFunction } from './support/runner.ts';

// The simulation.
