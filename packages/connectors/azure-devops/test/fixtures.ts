import {
  type AzureDevOpsEmulator,
  type AzureDevOpsEmulatorOptions,
  type AzureFields,
  type AzureItem,
  createAzureDevOpsEmulator,
} from '@spec-kitty/tooling-emulators';
import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  type IssuePatch,
} from '@spec-kitty/tracker-core';
import type { OpenedConnector, SeedIssue } from '@spec-kitty/tracker-testkit';
import { type AzureDevOpsConfigInput, AzureDevOpsConnector } from '../src/index.ts';

export const SECRET = 'hook secret';
export const WORKSPACE = 'acme/Shop';
export const PARENT = 'System.LinkTypes.Hierarchy-Reverse';
/** Of a task. */
const STATES: Readonly<Record<string, string>> = {
  todo: 'New',
  in_progress: 'Active',
  done: 'Closed',
  canceled: 'Removed',
};

export function emulatorOf(options: AzureDevOpsEmulatorOptions = {}): AzureDevOpsEmulator {
  return createAzureDevOpsEmulator({ webhookSecret: SECRET, ...options });
}

export function connectorOf(
  { fetch, time, token }: Pick<AzureDevOpsEmulator, 'fetch' | 'time' | 'token'>,
  config: Partial<AzureDevOpsConfigInput> = {},
): AzureDevOpsConnector {
  return new AzureDevOpsConnector(
    { organization: 'acme', project: 'Shop', token, webhookSecret: SECRET, ...config },
    { fetch, clock: time.clock, sleep: time.sleep },
  );
}

export const refTo = (id: number | string): ExternalRef => ({
  system: 'azure-devops',
  workspace: WORKSPACE,
  id: String(id),
  key: `${WORKSPACE}#${id}`,
});
export const refOf = ({ id }: AzureItem): ExternalRef => refTo(id);

export const draft = (fields: Partial<CanonicalIssue> & { title: string }): CanonicalIssue =>
  canonicalIssue({ ref: { system: 'azure-devops', workspace: WORKSPACE, id: 'draft:1' }, ...fields });

/** What a person writes at Azure DevOps. */
function written({ title, body, assignees, labels, priority, parent }: Partial<SeedIssue>): AzureFields {
  return {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { description: body ?? '' }),
    ...(assignees === undefined ? {} : { assignedTo: assignees[0] ?? null }),
    ...(labels === undefined ? {} : { tags: [...labels] }),
    ...(priority == null ? {} : { priority: priority + 1 }),
    ...(parent == null ? {} : { relations: [{ rel: PARENT, target: Number(parent.id) }] }),
  };
}

/** A person who works at Azure DevOps itself. */
export function personAt({ state }: AzureDevOpsEmulator) {
  const moved = (id: number, status: string | undefined): AzureItem =>
    state.change(id, status === undefined ? {} : { state: STATES[status] ?? status });
  return {
    create(issue: SeedIssue, type = 'Task'): AzureItem {
      const made = state.create('ada@acme.example', type, written(issue));
      return issue.status === undefined ? made : moved(made.id, issue.status);
    },
    edit(ref: ExternalRef, patch: IssuePatch): AzureItem {
      const item = state.change(Number(ref.id), written(patch as Partial<SeedIssue>));
      return moved(item.id, patch.status);
    },
  };
}

export function opened(emulator: AzureDevOpsEmulator, connector: AzureDevOpsConnector): OpenedConnector {
  const person = personAt(emulator);
  const { state, time } = emulator;
  return {
    connector,
    async seed(issues) {
      return issues.map((issue) => {
        const created = person.create(issue);
        // Over time, as people make them.
        time.advance(1000);
        return refOf(created);
      });
    },
    async edit(ref, patch) {
      person.edit(ref, patch);
    },
    async remove(ref) {
      state.delete(Number(ref.id));
    },
    async signedWebhook(ref) {
      return emulator.deliver('workitem.updated', state.item(Number(ref.id)));
    },
    async advance(ms) {
      time.advance(ms);
    },
    values: {
      assignees: ['ada@acme.example', 'grace@acme.example'],
      lossy: { status: 'blocked', issueType: 'chore', priority: 4, body: '_one_' },
    },
    dispose: async () => {},
  };
}
