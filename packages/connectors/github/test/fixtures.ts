import {
  createGithubEmulator,
  type GithubEmulator,
  type GithubEmulatorOptions,
  type GithubIssue,
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
const STATUS_LABELS: Record<string, string> = {
  in_progress: 'status: in progress',
  in_review: 'status: in review',
  blocked: 'status: blocked',
};

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

function labelIds({ state }: GithubEmulator, names: readonly string[]): string[] {
  return names.map((name) => (state.labelNamed(name) ?? state.createLabel(name, 'ededed')).id);
}

/** What a person writes at GitHub. */
function written(emulator: GithubEmulator, issue: Partial<SeedIssue>): Partial<GithubIssue> {
  const { title, body, status, assignees, labels, priority, parent } = issue;
  const closed = status === 'done' || status === 'canceled';
  const names = [...(labels ?? [])];
  const label = STATUS_LABELS[status ?? ''];
  if (label !== undefined) names.push(label);
  if (priority != null)
    names.push(
      ['priority: urgent', 'priority: high', 'priority: medium', 'priority: low', 'priority: lowest'][
        priority
      ] ?? '',
    );
  return {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body: body ?? '' }),
    ...(closed ? { state: 'CLOSED', stateReason: status === 'done' ? 'COMPLETED' : 'NOT_PLANNED' } : {}),
    ...(labels === undefined && names.length === 0 ? {} : { labels: labelIds(emulator, names) }),
    ...(assignees === undefined
      ? {}
      : { assignees: assignees.map((login) => emulator.state.user(login)?.id ?? login) }),
    ...(parent === undefined ? {} : { parent: parent?.id ?? null }),
  };
}

/** A person who works at GitHub itself. */
export function personAt(emulator: GithubEmulator) {
  return {
    create(issue: SeedIssue): GithubIssue {
      return emulator.state.create('ada', { title: issue.title, ...written(emulator, issue) });
    },
    edit(ref: ExternalRef, patch: IssuePatch): void {
      emulator.state.change(ref.id, written(emulator, patch as Partial<SeedIssue>));
    },
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
