import {
  createGithubEmulator,
  type GithubEmulator,
  type GithubEmulatorOptions,
  type GithubIssue,
  githubPerson,
} from '@spec-kitty/tooling-emulators';
import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  type IssuePatch,
} from '@spec-kitty/tracker-core';
import type { OpenedConnector, SeedIssue } from '@spec-kitty/tracker-testkit';
import { type GitHubConfigInput, GitHubConnector } from '../src/index.ts';

export const SECRET = 'hook secret';
export const WORKSPACE = 'acme/shop';

export function emulatorOf(options: GithubEmulatorOptions = {}): GithubEmulator {
  return createGithubEmulator({ types: ['Task', 'Bug', 'Feature'], webhookSecret: SECRET, ...options });
}

export function connectorOf(
  { fetch, time, token }: GithubEmulator,
  config: Partial<GitHubConfigInput> = {},
): GitHubConnector {
  return new GitHubConnector(
    { owner: 'acme', repo: 'shop', token, webhookSecret: SECRET, ...config },
    { fetch, clock: time.clock, sleep: time.sleep },
  );
}

export const refOf = ({ id, number }: GithubIssue): ExternalRef => ({
  system: 'github',
  workspace: WORKSPACE,
  id,
  key: `${WORKSPACE}#${number}`,
});

export const draft = (fields: Partial<CanonicalIssue> & { title: string }): CanonicalIssue =>
  canonicalIssue({ ref: { system: 'github', workspace: WORKSPACE, id: 'draft:1' }, ...fields });

/** A person who works at GitHub itself. */
export function personAt(emulator: GithubEmulator) {
  const person = githubPerson(emulator);
  return {
    create: (issue: SeedIssue): GithubIssue => emulator.state.issue(person.create(issue)),
    edit: (ref: ExternalRef, patch: IssuePatch): void => person.edit(ref.id, patch),
  };
}

export function opened(emulator: GithubEmulator, connector: GitHubConnector): OpenedConnector {
  const person = personAt(emulator);
  return {
    connector,
    async seed(issues) {
      return issues.map((issue) => {
        const created = person.create(issue);
        // Over time, as people make them.
        emulator.time.advance(1000);
        return refOf(created);
      });
    },
    async edit(ref, patch) {
      person.edit(ref, patch);
    },
    async remove(ref) {
      emulator.state.delete(ref.id);
    },
    async signedWebhook(ref) {
      return emulator.deliver('issues', 'edited', emulator.state.issue(ref.id));
    },
    async advance(ms) {
      emulator.time.advance(ms);
    },
    values: {
      assignees: ['ada', 'grace'],
      lossy: {
        issueType: 'chore',
        links: [{ type: 'relates_to', target: { system: 'github', workspace: WORKSPACE, id: 'I_1' } }],
      },
    },
    dispose: async () => {},
  };
}
