import {
  createGitlabEmulator,
  type GitlabEmulator,
  type GitlabEmulatorOptions,
  type GitlabIssue,
  gitlabPerson,
} from '@spec-kitty/tooling-emulators';
import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  type IssuePatch,
} from '@spec-kitty/tracker-core';
import type { OpenedConnector, SeedIssue } from '@spec-kitty/tracker-testkit';
import { type GitLabConfigInput, GitLabConnector } from '../src/index.ts';

export const TOKEN = 'hook secret';
export const SIGNING_SECRET = 'whsec_aG9vayBzZWNyZXQ=';
export const WORKSPACE = '42';
export function emulatorOf(options: GitlabEmulatorOptions = {}): GitlabEmulator {
  return createGitlabEmulator({ webhookToken: TOKEN, signingSecret: SIGNING_SECRET, ...options });
}

export function connectorOf(
  { fetch, time, token }: Pick<GitlabEmulator, 'fetch' | 'time' | 'token'>,
  config: Partial<GitLabConfigInput> = {},
): GitLabConnector {
  return new GitLabConnector(
    { projectId: 42, token, webhookSecret: SIGNING_SECRET, ...config },
    { fetch, clock: time.clock, sleep: time.sleep },
  );
}

export const refOf = ({ iid }: Pick<GitlabIssue, 'iid'>): ExternalRef => ({
  system: 'gitlab',
  workspace: WORKSPACE,
  id: String(iid),
  key: `acme/shop#${iid}`,
});

export const draft = (fields: Partial<CanonicalIssue> & { title: string }): CanonicalIssue =>
  canonicalIssue({ ref: { system: 'gitlab', workspace: WORKSPACE, id: 'draft:1' }, ...fields });

/** A person who works at GitLab itself. */
export function personAt(emulator: GitlabEmulator) {
  const { state } = emulator;
  const person = gitlabPerson(emulator);
  return {
    create: (issue: SeedIssue): GitlabIssue => state.byNumber(state.project, Number(person.create(issue))),
    edit: (ref: ExternalRef, patch: IssuePatch): void => person.edit(ref.id, patch),
  };
}

export function opened(emulator: GitlabEmulator, connector: GitLabConnector): OpenedConnector {
  const person = personAt(emulator);
  const { state, time } = emulator;
  return {
    connector,
    async seed(issues) {
      return issues.map((issue) => {
        const created = person.create(issue);
        // Over time, as people make them.
        time.advance(1000);
        return { ...refOf(created), workspace: connector.workspace };
      });
    },
    async edit(ref, patch) {
      person.edit(ref, patch);
    },
    async remove(ref) {
      state.delete(state.byNumber(state.project, Number(ref.id)).id);
    },
    async signedWebhook(ref) {
      const issue = state.byNumber(state.project, Number(ref.id));
      return emulator.deliver('Issue Hook', 'update', issue, { proof: 'signature' });
    },
    async advance(ms) {
      time.advance(ms);
    },
    values: {
      assignees: ['ada', 'grace'],
      lossy: {
        links: [
          { type: 'duplicates', target: { system: 'gitlab', workspace: connector.workspace, id: '1' } },
        ],
      },
    },
    dispose: async () => {},
  };
}
