import { plugin } from './plugin.ts';

export {
  type GitHubConfig,
  type GitHubConfigInput,
  GitHubConfigSchema,
  type LabelledStatus,
} from './config.ts';
export { GitHubConnector, type GitHubContext } from './connector.ts';
export { manifest } from './manifest.ts';
export { plugin };
export default plugin;
