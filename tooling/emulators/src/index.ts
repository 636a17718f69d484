export {
  type AzureDevOpsEmulator,
  type AzureDevOpsEmulatorOptions,
  createAzureDevOpsEmulator,
} from './azure-devops/azure-devops-emulator.ts';
export { seedAzureDevOps } from './azure-devops/seed.ts';
export type { AzureFields, AzureItem } from './azure-devops/state.ts';
export { type Emulator, type LoggedRequest, RequestLog } from './emulator.ts';
export {
  createGithubEmulator,
  type GithubEmulator,
  type GithubEmulatorOptions,
} from './github/github-emulator.ts';
export { githubPerson } from './github/person.ts';
export { githubSchema } from './github/schema.ts';
export { seedGithub } from './github/seed.ts';
export type { GithubIssue } from './github/state.ts';
export {
  createGitlabEmulator,
  type GitlabEmulator,
  type GitlabEmulatorOptions,
} from './gitlab/gitlab-emulator.ts';
export { gitlabPerson } from './gitlab/person.ts';
export { seedGitlab } from './gitlab/seed.ts';
export type { GitlabIssue, GitlabProject, GitlabTier } from './gitlab/state.ts';
export type { GitlabDelivery, GitlabProof } from './gitlab/webhooks.ts';
export { type AdfNode, adfOf, adfText, checkAdf } from './jira/adf-check.ts';
export {
  createJiraEmulator,
  JIRA_PEOPLE,
  JIRA_VIEWER,
  type JiraEmulator,
  type JiraEmulatorOptions,
} from './jira/jira-emulator.ts';
export { jiraPerson } from './jira/person.ts';
export { seedJira } from './jira/seed.ts';
export type { JiraFields, JiraIssue, JiraSite, JiraState } from './jira/state.ts';
export {
  createLinearEmulator,
  type LinearEmulator,
  type LinearEmulatorOptions,
} from './linear/linear-emulator.ts';
export type { LinearPeople, PersonalFields } from './linear/people.ts';
export { enteredAtLinear, linearPerson } from './linear/person.ts';
export type { LinearLimits } from './linear/rate-limits.ts';
export { linearSchema } from './linear/schema.ts';
export { seedLinear } from './linear/seed.ts';
export {
  createNangoEmulator,
  type NangoConnection,
  type NangoEmulator,
  type WireRequest,
} from './nango/nango-emulator.ts';
export type { EnteredFields, Person } from './person.ts';
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
