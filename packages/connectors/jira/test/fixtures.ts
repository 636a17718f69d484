import {
  adfOf,
  createJiraEmulator,
  type JiraEmulator,
  type JiraEmulatorOptions,
  type JiraIssue,
  jiraPerson,
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

/** A person who works at Jira itself, and fills in the field of missions where the site has it. */
export function personAt(emulator: JiraEmulator) {
  const { state } = emulator;
  const person = jiraPerson(emulator);
  const fill = (id: string, mission: unknown): void => {
    if (mission === undefined) return;
    state.change(id, { custom: { [MISSION_FIELD_ID]: adfOf(JSON.stringify(mission)) } });
  };
  return {
    create(issue: SeedIssue): JiraIssue {
      const id = person.create(issue);
      fill(id, issue.customFields?.['spec_kitty_mission']);
      return state.issue(id);
    },
    edit(ref: ExternalRef, patch: IssuePatch): void {
      person.edit(ref.id, patch);
      fill(ref.id, patch.customFields?.['spec_kitty_mission']);
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
