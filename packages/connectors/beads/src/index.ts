import { plugin } from './plugin.ts';

export { type BeadsConfig, type BeadsConfigInput, BeadsConfigSchema, type HostOwned } from './config.ts';
export { BeadsConnector } from './connector.ts';
export type { ExportRow } from './export-client.ts';
export type { ExportSummary } from './export-index.ts';
export { DATABASE_CAPABILITIES, EXPORT_CAPABILITIES, manifest } from './manifest.ts';
export { readExport } from './read-export.ts';
export { plugin };
export default plugin;
