import { createAzureDevOpsEmulator } from './azure-devops/azure-devops-emulator.ts';
import { seedAzureDevOps } from './azure-devops/seed.ts';
import type { Emulator } from './emulator.ts';
import { createGithubEmulator } from './github/github-emulator.ts';
import { seedGithub } from './github/seed.ts';
import { createGitlabEmulator } from './gitlab/gitlab-emulator.ts';
import { seedGitlab } from './gitlab/seed.ts';
import { createJiraEmulator } from './jira/jira-emulator.ts';
import { seedJira } from './jira/seed.ts';
import { createLinearEmulator } from './linear/linear-emulator.ts';
import { seedLinear } from './linear/seed.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Ready {
  emulator: Emulator;
  /** How a connector is told to use it, but for its address. */
  config: { options: Record<string, unknown>; environment: Record<string, string> };
}

/** The emulators by the ids of their connectors, each with so many issues. */
export const EMULATORS: Readonly<Record<string, (time: VirtualTime, issues: number) => Ready>> = {
  'azure-devops'(time, issues) {
    const emulator = createAzureDevOpsEmulator({ time, latencyMs: 0 });
    seedAzureDevOps(emulator, issues);
    return {
      emulator,
      config: {
        options: { organization: 'acme', project: 'Shop', token: '${' + 'env:AZURE_DEVOPS_TOKEN}' },
        environment: { AZURE_DEVOPS_TOKEN: emulator.token },
      },
    };
  },
  github(time, issues) {
    const emulator = createGithubEmulator({ time, latencyMs: 0, types: ['Task', 'Bug', 'Feature'] });
    seedGithub(emulator, issues);
    return {
      emulator,
      config: {
        options: { owner: 'acme', repo: 'shop', token: '${' + 'env:GITHUB_TOKEN}' },
        environment: { GITHUB_TOKEN: emulator.token },
      },
    };
  },
  gitlab(time, issues) {
    const emulator = createGitlabEmulator({ time, latencyMs: 0 });
    seedGitlab(emulator, issues);
    return {
      emulator,
      config: {
        options: { projectId: emulator.state.project.path, token: '${' + 'env:GITLAB_TOKEN}' },
        environment: { GITLAB_TOKEN: emulator.token },
      },
    };
  },
  jira(time, issues) {
    const emulator = createJiraEmulator({ time, latencyMs: 0 });
    seedJira(emulator, issues);
    return {
      emulator,
      config: {
        options: { email: emulator.email, apiToken: '${' + 'env:JIRA_API_TOKEN}', projectKey: 'SHOP' },
        environment: { JIRA_API_TOKEN: emulator.apiToken },
      },
    };
  },
  linear(time, issues) {
    const emulator = createLinearEmulator({ time, latencyMs: 0 });
    seedLinear(emulator, issues);
    return {
      emulator,
      config: {
        options: { apiKey: '${' + 'env:LINEAR_API_KEY}', teamId: emulator.teamId },
        environment: { LINEAR_API_KEY: emulator.apiKey },
      },
    };
  },
};
