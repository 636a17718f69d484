import { plugin } from './plugin.ts';

export { type AzureDevOpsConfig, type AzureDevOpsConfigInput, AzureDevOpsConfigSchema } from './config.ts';
export { AzureDevOpsConnector, type AzureDevOpsContext } from './connector.ts';
export { manifest } from './manifest.ts';
export { plugin };
export default plugin;
