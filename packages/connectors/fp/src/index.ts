import { plugin } from './plugin.ts';

export { type FPConfig, type FPConfigInput, FPConfigSchema } from './config.ts';
export { FPConnector } from './connector.ts';
export { manifest, TEXT_CAPABILITIES } from './manifest.ts';
export { plugin };
export default plugin;
