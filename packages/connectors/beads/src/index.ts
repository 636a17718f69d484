import { plugin } from './plugin.ts';

export type { ExportRow } from './client.ts';
export {
  type BeadsConfig,
  type BeadsConfigInput,
  BeadsConfigSchema,
  type BeadsDatabaseConfig,
  BeadsDatabaseConfigSchema,
} from './config.ts';
export { BeadsConnector } from './connector.ts';
export { BeadsDatabaseConnector } from './database-connector.ts';
export type { ExportSummary } from './export-index.ts';
export { DATABASE_CAPABILITIES, manifest } from './manifest.ts';
export { readExport } from './read-export.ts';
export { plugin };
export default plugin;
