import { plugin } from './plugin.ts';

export { type InMemoryConfig, type InMemoryConfigInput, InMemoryConfigSchema } from './config.ts';
export { InMemoryConnector } from './connector.ts';
export { type CallHook, Faults, OPERATIONS, type Operation } from './faults.ts';
export { manifest } from './manifest.ts';
export type { InMemoryOptions, RefuseField } from './options.ts';
export type { TrackerState } from './state.ts';
export { InMemoryTracker, type InMemoryTrackerOptions, type NewIssue } from './tracker.ts';
export { SIGNATURE_HEADER, signedDelivery } from './webhook.ts';
export { plugin };
export default plugin;
