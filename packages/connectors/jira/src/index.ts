import { plugin } from './plugin.ts';

export { type JiraConfig, type JiraConfigInput, JiraConfigSchema } from './config.ts';
export { JiraConnector, type JiraContext } from './connector.ts';
export { manifest } from './manifest.ts';
export type { Transition } from './transitions.ts';
export { plugin };
export default plugin;
