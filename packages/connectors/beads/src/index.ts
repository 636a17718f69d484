import { plugin } from './plugin.ts';

export type { ExportRow } from './client.ts';
export { type BeadsConfig, type BeadsConfigInput, BeadsConfigSchema } from './config.ts';
export { BeadsConnector } from './connector.ts';
export type { ExportSummary } from './export-index.ts';
export { manifest } from './manifest.ts';
export { readExport } from './read-export.ts';
export { plugin };
export default plugin;
