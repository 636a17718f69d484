export { type Emulator, type LoggedRequest, RequestLog } from './emulator.ts';
export {
  createGithubEmulator,
  type GithubEmulator,
  type GithubEmulatorOptions,
} from './github/github-emulator.ts';
export { githubSchema } from './github/schema.ts';
export { seedGithub } from './github/seed.ts';
export type { GithubIssue } from './github/state.ts';
export { type AdfNode, adfOf, adfText, checkAdf } from './jira/adf-check.ts';
export {
  createJiraEmulator,
  JIRA_PEOPLE,
  JIRA_VIEWER,
  type JiraEmulator,
  type JiraEmulatorOptions,
} from './jira/jira-emulator.ts';
export { seedJira } from './jira/seed.ts';
export type { JiraFields, JiraIssue, JiraSite, JiraState } from './jira/state.ts';
export {
  createLinearEmulator,
  type LinearEmulator,
  type LinearEmulatorOptions,
} from './linear/linear-emulator.ts';
export type { LinearPeople, PersonalFields } from './linear/people.ts';
export type { LinearLimits } from './linear/rate-limits.ts';
export { linearSchema } from './linear/schema.ts';
export { seedLinear } from './linear/seed.ts';
export { seededRandom } from './random.ts';
export {
  matchOperation,
  operation,
  parseRest,
  type RestAnswer,
  type RestCall,
  type RestOperation,
} from './rest-endpoint.ts';
export { beyondDescription } from './rest-subset.ts';
export { type Served, serve } from './serve.ts';
export { vendorSchema } from './vendor-schema.ts';
export { VirtualTime } from './virtual-time.ts';
