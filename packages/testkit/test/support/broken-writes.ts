import {
  type CanonicalIssue,
  ConnectorRequestError,
  type ExternalRef,
  IssueNotFoundError,
  type IssuePatch,
  SpecKittyTrackerError,
  type TaskTrackerConnector,
} from '@spec-kitty/tracker-core';
import type { InMemoryConnector } from '@spec-kitty/tracker-memory';
import { type Breakage, everything, type Overrides } from './broken.ts';

const changing =
  (change: (patch: IssuePatch) => IssuePatch) =>
  (right: InMemoryConnector): Overrides => ({
    updateIssue: (ref, patch, options) => right.updateIssue(ref, change(patch), options),
  });

function withoutUnknown(patch: IssuePatch): IssuePatch {
  const { sprint: _sprint, ...rest } = patch as IssuePatch & { sprint?: unknown };
  return rest;
}

/** One method that breaks, and with no error of this project, once the connector is disposed of. */
function onceDisposed(method: 'getIssue' | 'updateIssue', right: InMemoryConnector): Overrides {
  let disposed = false;
  return {
    async [method](...args: Parameters<TaskTrackerConnector[typeof method]>) {
      if (disposed) throw new TypeError('cannot read properties of undefined');
      const call: unknown = right[method];
      return typeof call === 'function' ? Reflect.apply(call, right, args) : undefined;
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
    },
  };
}

/** Mistakes of writing, and of all that is neither read nor written. */
export const BROKEN_WRITES: Breakage[] = [
  {
    mistake: 'drops unknown keys of a patch',
    found: 'the key sprint',
    overrides: changing(withoutUnknown),
  },
  {
    mistake: 'checks a patch after it wrote the title',
    found: 'the key updatedAt',
    overrides: (right) => ({
      async updateIssue(ref, patch, options) {
        if (patch.title !== undefined) await right.updateIssue(ref, { title: patch.title }, options);
        return right.updateIssue(ref, patch, options);
      },
    }),
  },
  {
    mistake: 'cannot clear a field',
    found: 'body is written alone, and cleared',
    overrides: changing(({ body, ...patch }) =>
      body === null || body === undefined ? patch : { ...patch, body },
    ),
  },
  {
    mistake: 'adds labels and removes none',
    found: 'labels is written alone, and cleared',
    overrides: (right) => ({
      async updateIssue(ref, patch, options) {
        if (!patch.labels) return right.updateIssue(ref, patch, options);
        const { labels } = await right.getIssue(ref);
        return right.updateIssue(ref, { ...patch, labels: [...labels, ...patch.labels] });
      },
    }),
  },
  {
    mistake: 'resets fields that a patch does not name',
    found: 'title is written alone',
    overrides: changing((patch) => ({ body: 'reset', ...patch })),
  },
  {
    mistake: 'drops a field silently that it said to hold in full',
    found: 'priority is written alone',
    overrides: changing(({ priority: _priority, ...patch }) => patch),
  },
  {
    mistake: 'drops a field silently that it cannot hold',
    found: 'priority is not held, and refused',
    options: { capabilities: { fields: { priority: 'none' } } },
    overrides: changing(({ priority: _priority, ...patch }) => patch),
  },
  {
    mistake: 'cuts text at NUL',
    found: 'hostile text in body',
    overrides: changing((patch) =>
      patch.body ? { ...patch, body: patch.body.split('\u0000')[0] ?? '' } : patch,
    ),
  },
  {
    mistake: 'reads a leading dash as an option',
    found: 'hostile text in title is stored',
    overrides: changing((patch) => (patch.title?.startsWith('-') ? { ...patch, title: 'usage' } : patch)),
  },
  {
    mistake: 'cuts what is too long',
    found: 'a title longer than the stated limit',
    options: { capabilities: { limits: { titleLength: 255 } } },
    overrides: changing((patch) => (patch.title ? { ...patch, title: patch.title.slice(0, 255) } : patch)),
  },
  {
    mistake: 'ignores ifVersion',
    found: 'ifVersion writes onto that version only',
    overrides: (right) => ({ updateIssue: (ref, patch) => right.updateIssue(ref, patch) }),
  },
  {
    mistake: 'ignores idempotency keys',
    found: 'a create under the same key',
    overrides: (right) => ({ createIssue: (issue) => right.createIssue(issue) }),
  },
  {
    mistake: 'finds keys in texts',
    found: 'a key in another issue’s text',
    overrides: (right) => ({
      async findByIdempotencyKeys(keys) {
        const found = new Map<string, CanonicalIssue>();
        for (const key of keys) {
          const [issue] = await everything(right, { filters: { queryText: key } });
          if (issue) found.set(key, issue);
        }
        return found;
      },
    }),
  },
  {
    mistake: 'makes ids of its own',
    found: 'keeps the id of its ref',
    overrides: (right) => ({
      createIssue: (issue, options) =>
        right.createIssue({ ...issue, ref: { ...issue.ref, id: 'draft:own' } }, options),
    }),
  },
  {
    mistake: 'stops a bulk write at the first bad item',
    found: 'updateIssues answers item by item',
    overrides: (right) => ({
      async updateIssues(items) {
        const results = await right.updateIssues(items);
        return results.slice(0, results.findIndex(({ ok }) => !ok) + 1);
      },
    }),
  },
  {
    mistake: 'throws for one bad item of a bulk write',
    found: 'createIssues answers item by item',
    overrides: (right) => ({
      async createIssues(items) {
        const results = await right.createIssues(items);
        for (const result of results) if (!result.ok) throw result.error;
        return results;
      },
    }),
  },
  {
    mistake: 'does not remove links',
    found: 'a link blocks is added once, and removed',
    overrides: () => ({ removeLink: async () => {} }),
  },
  {
    mistake: 'removes every link to the target',
    found: 'adding a link leaves the others alone',
    overrides: (right) => ({
      async removeLink(ref) {
        await right.updateIssue(ref, { links: [] });
      },
    }),
  },
  {
    mistake: 'takes a second deletion for a failure',
    found: 'deleting what is gone',
    overrides: (right) => ({
      async deleteIssue(ref, options) {
        await right.getIssue(ref);
        await right.deleteIssue(ref, options);
      },
    }),
  },
  {
    mistake: 'closes an issue instead of deleting it',
    found: 'a deleted issue is neither read nor listed',
    overrides: (right) => ({
      async deleteIssue(ref) {
        await right.updateIssue(ref, { status: 'done' });
      },
    }),
  },
  {
    mistake: 'edits every comment',
    found: 'an edit of a comment changes that comment alone',
    overrides: (right) => ({
      async updateComment(ref, _id, body) {
        for (const { id } of await right.listComments(ref)) await right.updateComment(ref, id, body);
      },
    }),
  },
  {
    mistake: 'does not check the signature',
    found: 'without a signature, or with a wrong one',
    overrides: () => ({
      async parseWebhook({ body }) {
        if (body.length === 0) throw new IssueNotFoundError('nothing');
        return [];
      },
    }),
  },
  {
    mistake: 'numbers events as they arrive',
    found: 'a delivery is the same one',
    overrides(right) {
      let count = 0;
      return {
        async parseWebhook(request) {
          const events = await right.parseWebhook(request);
          return events.map((event) => ({ ...event, eventId: String(++count) }));
        },
      };
    },
  },
  {
    mistake: 'does not look at the signal',
    found: 'an aborted signal ends a write',
    overrides: (right) => ({
      async updateIssue(ref: ExternalRef, patch: IssuePatch, { signal, ...options } = {}) {
        const issue = await right.updateIssue(ref, patch, options);
        signal?.throwIfAborted();
        return issue;
      },
    }),
  },
  {
    mistake: 'claims more than its manifest',
    found: 'no wider than the manifest',
    options: { capabilities: { supportsDelete: false } },
    overrides: (right) => ({
      getCapabilities: async () => ({ ...(await right.getCapabilities()), supportsDelete: true }),
    }),
  },
  {
    mistake: 'deletes although it promised not to',
    found: 'it does not delete',
    options: { capabilities: { supportsDelete: false } },
    overrides: () => ({ deleteIssue: async () => {} }),
  },
  {
    mistake: 'says that a field is lossy which it holds in full',
    found: 'body is said to be lossy',
    options: { capabilities: { fields: { body: 'lossy' } } },
    overrides: () => ({}),
  },
  {
    mistake: 'empties a field that a patch does not name',
    found: 'title is written alone',
    overrides: changing((patch) => ({ priority: null, ...patch })),
  },
  {
    mistake: 'takes an offset west of Greenwich for none',
    found: 'in every time zone',
    overrides: (right) => ({
      listIssues: ({ updatedSince, ...query }) =>
        right.listIssues({
          ...query,
          ...(updatedSince === undefined ? {} : { updatedSince: updatedSince.replace(/-\d\d:\d\d$/, 'Z') }),
        }),
    }),
  },
  {
    mistake: 'refuses for good as if it may pass',
    found: 'a title longer than the stated limit',
    options: { capabilities: { limits: { titleLength: 255 } } },
    overrides: (right) => ({
      updateIssue: (ref, patch, options) =>
        right.updateIssue(ref, patch, options).catch((error: unknown) => {
          throw (patch.title?.length ?? 0) > 255 ? new ConnectorRequestError('it failed') : error;
        }),
    }),
  },
  {
    mistake: 'does not say what it lacks',
    found: 'it does not delete',
    options: { capabilities: { supportsDelete: false } },
    overrides: () => ({
      async deleteIssue() {
        throw new SpecKittyTrackerError('no', {}, 'capability_not_supported');
      },
    }),
  },
  {
    mistake: 'breaks once it is disposed of',
    found: 'a read after it was disposed of',
    overrides: (right) => onceDisposed('getIssue', right),
  },
  {
    mistake: 'breaks off a read when it is disposed of',
    found: 'under way when it is disposed of',
    overrides(right) {
      let breakOff = (): void => {};
      return {
        getIssue: (ref, options) =>
          new Promise((resolve, reject) => {
            breakOff = () => reject(new TypeError('of undefined'));
            setImmediate(() => right.getIssue(ref, options).then(resolve, reject));
          }),
        async [Symbol.asyncDispose]() {
          breakOff();
        },
      };
    },
  },
  {
    mistake: 'breaks where it writes once it is disposed of',
    found: 'a write after it was disposed of',
    overrides: (right) => onceDisposed('updateIssue', right),
  },
  {
    mistake: 'fails when it is disposed of again',
    found: 'disposing of it twice',
    overrides() {
      let disposed = 0;
      return {
        async [Symbol.asyncDispose]() {
          disposed += 1;
          if (disposed === 2) throw new Error('disposed already');
        },
      };
    },
  },
];
