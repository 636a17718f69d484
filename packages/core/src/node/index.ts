export { type DiscoveryOptions, discoverPlugins, type PluginDiscovery } from './discover-plugins.ts';
export type { RejectedPackage, RejectionCode } from './rejection.ts';
