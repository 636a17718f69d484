import {
  createAzureDevOpsEmulator,
  createGithubEmulator,
  createGitlabEmulator,
  createJiraEmulator,
  createLinearEmulator,
  type Emulator,
  seedAzureDevOps,
  seedGithub,
  seedGitlab,
  seedJira,
  seedLinear,
} from '@spec-kitty/tooling-emulators';
import { AzureDevOpsConnector } from '@spec-kitty/tracker-azure-devops';
import type { TaskTrackerConnector } from '@spec-kitty/tracker-core';
import { GitHubConnector } from '@spec-kitty/tracker-github';
import { GitLabConnector } from '@spec-kitty/tracker-gitlab';
import { JiraConnector } from '@spec-kitty/tracker-jira';
import { LinearConnector } from '@spec-kitty/tracker-linear';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export interface Hosted {
  emulator: Emulator;
  connector: TaskTrackerConnector;
}

/** A vendor, and what its jobs may cost. */
export interface Vendor {
  name: string;
  title: string;
  /** With so many issues that people made. */
  open(issues: number): Hosted;
  /** The root fields of a look-up at the beginning. */
  setUp: readonly string[];
  /** Requests at most; a job that is not named is not measured. */
  targets: { firstPull: number; quietPull: number; updates?: number; creates?: number };
  /** How long the vendor's published limits make 1,000 creates last; undefined where they do not. */
  createsMs?: number;
}

const github: Vendor = {
  name: 'github',
  title: 'GitHub',
  open(issues) {
    const emulator = createGithubEmulator();
    const { fetch, time, token } = emulator;
    seedGithub(emulator, issues);
    const connector = new GitHubConnector(
      { owner: 'acme', repo: 'shop', token },
      { fetch, clock: time.clock, sleep: time.sleep },
    );
    return { emulator, connector };
  },
  setUp: ['viewer repository', 'createLabel'],
  targets: { firstPull: 10, quietPull: 1, updates: 60, creates: 60 },
  // 80 a minute and 500 an hour: the last twenty of the second 500 go out six minutes after the first hour.
  createsMs: HOUR_MS + 6 * MINUTE_MS,
};

const gitlab: Vendor = {
  name: 'gitlab',
  title: 'GitLab',
  open(issues) {
    const emulator = createGitlabEmulator();
    const { fetch, time, token, state } = emulator;
    seedGitlab(emulator, issues);
    const connector = new GitLabConnector(
      { projectId: state.project.id, token },
      { fetch, clock: time.clock, sleep: time.sleep },
    );
    return { emulator, connector };
  },
  setUp: ['GET /user'],
  // REST writes one issue at a time: what writes cost is not asked.
  targets: { firstPull: 10, quietPull: 1 },
};

const jira: Vendor = {
  name: 'jira',
  title: 'Jira',
  open(issues) {
    const emulator = createJiraEmulator();
    const { fetch, time, email, apiToken } = emulator;
    seedJira(emulator, issues);
    const connector = new JiraConnector(
      { baseUrl: 'https://acme.atlassian.net', email, apiToken, projectKey: 'SHOP' },
      { fetch, clock: time.clock, sleep: time.sleep },
    );
    return { emulator, connector };
  },
  setUp: ['GET /myself', 'GET /priority/search', 'GET /issue/createmeta/{projectIdOrKey}/issuetypes'],
  targets: { firstPull: 20, quietPull: 1, creates: 40 },
};

const azureDevOps: Vendor = {
  name: 'azure-devops',
  title: 'Azure DevOps',
  open(issues) {
    const emulator = createAzureDevOpsEmulator();
    const { fetch, time, token } = emulator;
    seedAzureDevOps(emulator, issues);
    const connector = new AzureDevOpsConnector(
      { organization: 'acme', project: 'Shop', token },
      { fetch, clock: time.clock, sleep: time.sleep },
    );
    return { emulator, connector };
  },
  setUp: ['GET workitemtypes', 'GET connectionData'],
  targets: { firstPull: 6, quietPull: 1, updates: 20 },
};

const linear: Vendor = {
  name: 'linear',
  title: 'Linear',
  open(issues) {
    const emulator = createLinearEmulator();
    const { fetch, time, apiKey, teamId } = emulator;
    seedLinear(emulator, issues);
    const connector = new LinearConnector(
      { apiKey, teamId },
      { fetch, clock: time.clock, sleep: time.sleep },
    );
    return { emulator, connector };
  },
  setUp: ['viewer team issueLabels', 'issueLabelCreate'],
  targets: { firstPull: 20, quietPull: 1, updates: 60, creates: 25 },
};

export const VENDORS: readonly Vendor[] = [azureDevOps, github, gitlab, jira, linear];
