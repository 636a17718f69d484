import {
  createGitlabEmulator,
  type GitlabEmulator,
  type GitlabEmulatorOptions,
  type GitlabIssue,
  type GitlabIssueWrite,
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
const STATUS_LABELS: Record<string, string> = {
  in_progress: 'status::in-progress',
  in_review: 'status::in-review',
  blocked: 'status::blocked',
  canceled: 'status::canceled',
};
const PRIORITY_LABELS = ['urgent', 'high', 'medium', 'low', 'lowest'].map((name) => `priority::${name}`);

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

/** What a person writes at GitLab. */
function written(
  { state }: GitlabEmulator,
  issue: Partial<SeedIssue>,
  worn: readonly string[],
): GitlabIssueWrite {
  const { title, body, status, assignees, labels, priority } = issue;
  const isClosed = status === 'done' || status === 'canceled';
  const kept = (prefix: string, changes: boolean): string[] =>
    changes ? [] : worn.filter((label) => label.startsWith(prefix));
  const label = STATUS_LABELS[status ?? ''];
  const names = [
    ...(labels ?? worn.filter((one) => !/^(?:status|priority|type)::/.test(one))),
    ...kept('status::', status !== undefined),
    ...kept('priority::', priority !== undefined),
    ...kept('type::', false),
    ...(label === undefined ? [] : [label]),
    ...(priority == null ? [] : [PRIORITY_LABELS[priority] ?? '']),
  ];
  return {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { description: body ?? '' }),
    ...(status === undefined ? {} : { state_event: isClosed ? ('close' as const) : ('reopen' as const) }),
    ...(assignees === undefined ? {} : { assignee_ids: assignees.map((name) => state.user(name).id) }),
    labels: names,
  };
}

/** A person who works at GitLab itself. */
export function personAt(emulator: GitlabEmulator) {
  const { state } = emulator;
  return {
    create(issue: SeedIssue): GitlabIssue {
      return state.create('ada', { title: issue.title, ...written(emulator, issue, []) });
    },
    edit(ref: ExternalRef, patch: IssuePatch): void {
      const { id, labels } = state.byNumber(state.project, Number(ref.id));
      state.change(id, written(emulator, patch as Partial<SeedIssue>, labels));
    },
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
