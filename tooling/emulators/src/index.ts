export { type Emulator, type LoggedRequest, RequestLog } from './emulator.ts';
export {
  createGithubEmulator,
  type GithubEmulator,
  type GithubEmulatorOptions,
} from './github/github-emulator.ts';
export { GITHUB_SDL } from './github/schema.ts';
export { seedGithub } from './github/seed.ts';
export type { GithubIssue } from './github/state.ts';
export { seededRandom } from './random.ts';
export { type Served, serve } from './serve.ts';
export { VirtualTime } from './virtual-time.ts';
