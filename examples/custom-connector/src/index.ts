import { plugin } from './plugin.ts';

export type { RedmineContext } from './client.ts';
export { type RedmineConfig, type RedmineConfigInput, RedmineConfigSchema } from './config.ts';
export { RedmineConnector } from './connector.ts';
export { manifest } from './manifest.ts';
export { plugin };
export default plugin;
