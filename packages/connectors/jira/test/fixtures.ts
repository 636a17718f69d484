import {
  adfOf,
  createJiraEmulator,
  type JiraEmulator,
  type JiraEmulatorOptions,
  type JiraFields,
  type JiraIssue,
} from '@spec-kitty/tooling-emulators';
import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  type IssuePatch,
} from '@spec-kitty/tracker-core';
import type { OpenedConnector, SeedIssue } from '@spec-kitty/tracker-testkit';
import { type JiraConfigInput, JiraConnector } from '../src/index.ts';

export const SECRET = 'hook secret';
export const WORKSPACE = 'acme.atlassian.net';
export const MISSION_FIELD_ID = 'customfield_10050';
export const BASE: JiraConfigInput = { baseUrl: `https://${WORKSPACE}`, projectKey: 'SHOP' };

export function emulatorOf(options: JiraEmulatorOptions = {}): JiraEmulator {
  return createJiraEmulator({ webhookSecret: SECRET, ...options });
}

export function connectorOf(
  { fetch, time, email, apiToken }: JiraEmulator,
  config: Partial<JiraConfigInput> = {},
): JiraConnector {
  return new JiraConnector(
    { ...BASE, email, apiToken, webhookSecret: SECRET, missionFieldId: MISSION_FIELD_ID, ...config },
    { fetch, clock: time.clock, sleep: time.sleep },
  );
}

export const refOf = ({ id, key }: JiraIssue): ExternalRef => ({
  system: 'jira',
  workspace: WORKSPACE,
  id,
  key,
});

export const draft = (fields: Partial<CanonicalIssue> & { title: string }): CanonicalIssue =>
  canonicalIssue({ ref: { system: 'jira', workspace: WORKSPACE, id: 'draft:1' }, ...fields });

const STATUSES: Record<string, string> = {
  todo: 'To Do',
  in_progress: 'In Progress',
  in_review: 'In Review',
  done: 'Done',
};

/** What a person writes at Jira. */
function written(issue: Partial<SeedIssue>): JiraFields {
  const { title, body, priority, assignees, labels, parent, customFields } = issue;
  return {
    ...(title === undefined ? {} : { summary: title }),
    ...(body === undefined ? {} : { description: adfOf(body) }),
    ...(priority == null ? {} : { priority: String(priority + 1) }),
    ...(assignees === undefined ? {} : { assignee: assignees[0] ?? null }),
    ...(labels === undefined ? {} : { labels }),
    ...(parent === undefined ? {} : { parent: parent?.id ?? null }),
    ...(customFields?.['spec_kitty_mission'] === undefined
      ? {}
      : {
          custom: {
            [MISSION_FIELD_ID]: adfOf(JSON.stringify(customFields['spec_kitty_mission'])),
          },
        }),
  };
}

/** A person who works at Jira itself. */
export function personAt({ state, people }: JiraEmulator) {
  const statusId = (status: string | undefined): string | undefined =>
    state.site.statuses.find(({ name }) => name === STATUSES[status ?? ''])?.id;
  const edit = (id: string, patch: Partial<SeedIssue>): JiraIssue => {
    const status = statusId(patch.status);
    return state.change(id, { ...written(patch), ...(status === undefined ? {} : { status }) });
  };
  return {
    create(issue: SeedIssue): JiraIssue {
      const made = state.create(people[0] ?? '', { ...written(issue), summary: issue.title });
      const status = statusId(issue.status);
      if (status !== undefined) state.change(made.id, { status });
      return made;
    },
    edit(ref: ExternalRef, patch: IssuePatch): void {
      edit(ref.id, patch as Partial<SeedIssue>);
    },
  };
}

export function opened(emulator: JiraEmulator, connector: JiraConnector): OpenedConnector {
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
      return emulator.deliver('jira:issue_updated', emulator.state.issue(ref.id));
    },
    async advance(ms) {
      emulator.time.advance(ms);
    },
    values: {
      assignees: [...emulator.people],
      customFields: { spec_kitty_mission: { mission_id: 'm-1', decision_refs: [1, 'two', null] } },
    },
    dispose: async () => {},
  };
}
