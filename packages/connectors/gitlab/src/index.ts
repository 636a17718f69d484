import { plugin } from './plugin.ts';

export {
  type GitLabConfig,
  type GitLabConfigInput,
  GitLabConfigSchema,
  type LabelledStatus,
} from './config.ts';
export { GitLabConnector, type GitLabContext } from './connector.ts';
export { manifest } from './manifest.ts';
export { plugin };
export default plugin;
