import { plugin } from './plugin.ts';

export { type LinearConfig, type LinearConfigInput, LinearConfigSchema } from './config.ts';
export { LinearConnector, type LinearContext } from './connector.ts';
export { manifest } from './manifest.ts';
export { plugin };
export default plugin;
