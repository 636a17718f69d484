export {
  createHostedConnector,
  discoverResources,
  discoverWorkspaces,
  type HostedOptions,
  type HostedRequest,
} from './hosted.ts';
export type { NangoContext } from './nango-context.ts';
export { createProxyFetch } from './proxy-fetch.ts';
