import {
  type CanonicalIssue,
  type CanonicalLink,
  CapabilityNotSupportedError,
  ConnectorRequestError,
  copyJson,
  type ExternalRef,
  FieldsRefusedError,
  type IssueField,
  IssueNotFoundError,
  type IssuePatch,
  isTrackerError,
  type ListQuery,
  type Page,
  type SpecKittyTrackerError,
  type TaskTrackerConnector,
  TrackerContractError,
  type WriteOptions,
  type WriteResult,
} from '@spec-kitty/tracker-core';
import type { FaultKind } from './kinds.ts';
import { type SimulatedTracker, valuesOf } from './simulated-tracker.ts';
import { capabilitiesOf } from './tracker-traits.ts';

export type Moment = 'before' | 'between' | 'after';

/** One write as it is sent. */
export interface SentWrite {
  operation: 'create' | 'update' | 'delete' | 'link' | 'unlink';
  ref: ExternalRef;
  /** The fields that it changes, custom keys each for itself. */
  paths: string[];
  sent: CanonicalIssue | IssuePatch | CanonicalLink | undefined;
}

/** What stands between a connector and its tracker. */
export interface Wire {
  /** Passes a request or its answer on: people may act meanwhile, and it may be lost. */
  pass(moment: Moment, operation: string, write: boolean): Promise<void>;
  /** Our access to the project is gone: nothing is shown. */
  readonly hidden: boolean;
  /** Whether this fault happens now. */
  strikes(kind: FaultKind, probability: number): boolean;
  /** The tracker's time of the state that the store has of an issue. */
  seenAt(ref: ExternalRef): Promise<string | undefined>;
  /** The run lists everything to find what is missing. */
  readonly full: boolean;
  /** Told of every write before it takes effect. */
  writes(write: SentWrite): Promise<void>;
}

/** A connector to a simulated tracker over a wire that may do anything to what passes. */
export function simulatedConnector(tracker: SimulatedTracker, wire: Wire): TaskTrackerConnector {
  const { traits } = tracker;
  const { identity, bulk } = traits;

  const read = async <T>(operation: string, effect: () => T | Promise<T>): Promise<T> => {
    await wire.pass('before', operation, false);
    const answer = copyJson(await effect());
    await wire.pass('after', operation, false);
    return answer;
  };
  /** One write: people may act between its effect and the answer, which may not come. `open`: there is more to it. */
  const write = async (
    planned: SentWrite,
    effect: () => CanonicalIssue | undefined,
    together = false,
    open = together,
  ): Promise<CanonicalIssue | undefined> => {
    const { operation, paths } = planned;
    await wire.writes(planned);
    if (!together) await wire.pass('before', operation, true);
    if (wire.hidden) throw new IssueNotFoundError(`no ${planned.ref.id}`);
    const done = effect();
    tracker.writes++;
    if (!done) {
      if (!together) await wire.pass('after', operation, true);
      return undefined;
    }
    const { id } = done.ref;
    tracker.unanswered(id, operation === 'create' ? ['*'] : paths);
    const early = copyJson(done);
    try {
      await wire.pass(together ? 'between' : 'after', operation, true);
    } catch (error) {
      tracker.lost(id);
      throw error;
    }
    const answer = traits.answersLate ? (tracker.find(id) ?? done) : early;
    if (!open) tracker.answered(id);
    return copyJson(answer);
  };

  const refuses = (patch: IssuePatch): boolean => patch.priority === 4 && traits.refusesToken;
  const update = async (
    ref: ExternalRef,
    patch: IssuePatch,
    options: WriteOptions,
    together = false,
  ): Promise<CanonicalIssue> => {
    const paths = patchPaths(patch, options.previous);
    const refused = refuses(patch);
    const { priority: _priority, ...rest } = patch;
    const taken = refused ? rest : patch;
    const planned: SentWrite = { operation: 'update', ref, paths, sent: patch };
    const issue = await write(planned, () => tracker.update(ref.id, taken, options), together);
    if (!issue) throw new ConnectorRequestError('nothing was answered', { failureClass: 'transient' });
    if (!refused) return issue;
    wire.strikes('refused_token', 1);
    throw new FieldsRefusedError('priority 4 is not for you', {
      refused: [{ field: 'priority', reason: 'not for you' }],
      issue,
    });
  };
  const create = async (
    issue: CanonicalIssue,
    options: WriteOptions,
    together = false,
  ): Promise<CanonicalIssue> => {
    const planned: SentWrite = {
      operation: 'create',
      ref: issue.ref,
      paths: filledPaths(issue),
      sent: issue,
    };
    if (refuses(issue)) {
      await wire.writes(planned);
      wire.strikes('refused_token', 1);
      throw new CapabilityNotSupportedError('priority 4 is not for you', { capability: 'priority' });
    }
    const { later, first } = inTwo(issue, traits.setsLater);
    const more = Object.keys(later).length > 0;
    const key = options.idempotencyKey;
    let isNew = true;
    const begin = (): CanonicalIssue => {
      const before = tracker.issues().length;
      const begun = tracker.create(first, key);
      isNew = tracker.issues().length > before;
      return begun;
    };
    const made = await write(planned, begin, together, together || more);
    if (!made) throw new ConnectorRequestError('nothing was answered', { failureClass: 'transient' });
    // An issue that a first try made, and that somebody has touched since, is left as it is.
    if (!more || (!isNew && made.updatedAt !== made.createdAt)) return made;
    const { version: ifVersion } = made;
    const second = { previous: made, ...(ifVersion === undefined ? {} : { ifVersion }) };
    try {
      const whole = await write(planned, () => tracker.update(made.ref.id, later, second), false, together);
      if (whole) return whole;
    } catch (error) {
      tracker.lost(made.ref.id);
      // It is there, whatever class that failure has.
      if (!isTrackerError(error)) throw error;
    }
    wire.strikes('half_made', 1);
    throw new ConnectorRequestError('it was made, and not in full', { failureClass: 'transient' });
  };
  const all = async <Item>(
    operation: string,
    items: Item[],
    effect: (item: Item) => Promise<CanonicalIssue>,
  ): Promise<WriteResult[]> => {
    await wire.pass('before', operation, true);
    const results: WriteResult[] = [];
    for (const item of items) {
      try {
        results.push({ ok: true, issue: await effect(item) });
      } catch (error) {
        if (!isTrackerError(error)) throw error;
        results.push({ ok: false, error: error as SpecKittyTrackerError });
      }
    }
    await wire.pass('after', operation, true);
    for (const result of results) if (result.ok) tracker.answered(result.issue.ref.id);
    return results;
  };
  const look = async (id: string): Promise<CanonicalIssue | undefined> => {
    if (wire.hidden) return undefined;
    const issue = tracker.find(id);
    if (issue) tracker.answered(issue.ref.id);
    return issue && staleOr(tracker, wire, issue);
  };

  const relate = async (ref: ExternalRef, link: CanonicalLink, remove: boolean): Promise<void> => {
    const operation = remove ? 'unlink' : 'link';
    const planned: SentWrite = { operation, ref, paths: ['links'], sent: link };
    await write(planned, () => tracker.link(ref.id, link, remove));
  };
  const got = async (id: string): Promise<CanonicalIssue> => {
    const issue = await look(id);
    if (!issue) throw new IssueNotFoundError(`no ${id}`);
    return issue;
  };

  return {
    name: traits.name,
    workspace: 'w',
    getCapabilities: async () => capabilitiesOf(traits),
    listIssues: (query) => read('list', () => page(tracker, wire, query)),
    getIssue: (ref) => read('get', () => got(ref.id)),
    createIssue: (issue, options = {}) => create(issue, options),
    updateIssue: (ref, patch, options = {}) => update(ref, patch, options),
    transitionIssue: (ref, status, options = {}) => update(ref, { status }, options),
    upsertLink: (ref, link) => relate(ref, link, false),
    removeLink: (ref, link) => relate(ref, link, true),
    addComment: async () => {},
    deleteIssue: async (ref, options = {}) => {
      const planned: SentWrite = { operation: 'delete', ref, paths: [], sent: undefined };
      await write(planned, () => void tracker.removeAsAsked(ref.id, options));
    },
    [Symbol.asyncDispose]: async () => {},
    ...(bulk
      ? {
          getIssues: (refs) => read('get', () => Promise.all(refs.map((ref) => look(ref.id)))),
          createIssues: (items) => all('create', items, (item) => create(item.issue, item.options, true)),
          updateIssues: (items) =>
            all('update', items, (item) => update(item.ref, item.patch, item.options, true)),
        }
      : {}),
    ...(identity === 'lookup'
      ? {
          findByIdempotencyKeys: async (keys) =>
            new Map(await read('find', () => (wire.hidden ? [] : found(tracker, keys)))),
        }
      : {}),
  };
}

const BLANK: IssuePatch = { body: null, status: 'todo', priority: null, labels: [], customFields: {} };

/** A create in two requests: the issue without some of its fields, and these. */
function inTwo(
  issue: CanonicalIssue,
  fields: readonly IssueField[],
): { first: CanonicalIssue; later: IssuePatch } {
  const filled = fields.filter((field) => JSON.stringify(issue[field]) !== JSON.stringify(BLANK[field]));
  const of = (values: IssuePatch): IssuePatch =>
    Object.fromEntries(filled.map((field) => [field, values[field]]));
  return { first: { ...issue, ...of(BLANK) }, later: of(issue) };
}

/** The paths that a patch changes against what it was made from. */
function patchPaths(patch: IssuePatch, previous: CanonicalIssue | undefined): string[] {
  const { customFields, ...plain } = patch;
  const paths = Object.keys(plain);
  const before = previous?.customFields ?? {};
  for (const key of Object.keys({ ...before, ...customFields })) {
    if (customFields && JSON.stringify(before[key]) !== JSON.stringify(customFields[key]))
      paths.push(`customFields.${key}`);
  }
  return paths;
}

function filledPaths(issue: CanonicalIssue): string[] {
  return Object.entries(valuesOf(issue)).flatMap(([path, value]) => {
    const empty = value === null || value === 'todo' || value === 'task';
    return empty || (Array.isArray(value) && value.length === 0) ? [] : [path];
  });
}

/**
 * A replica that has not caught up may answer, with a state that shows its age: where a write answers nothing (a
 * relation), nobody could tell an older state from somebody's edit.
 */
async function staleOr(
  tracker: SimulatedTracker,
  wire: Wire,
  issue: CanonicalIssue,
): Promise<CanonicalIssue> {
  const older = tracker.olderOf(issue.ref.id);
  const known = ((await wire.seenAt(issue.ref)) ?? '') >= (issue.updatedAt ?? '');
  return older && wire.strikes('stale_get', known ? 0.04 : 0) ? older : issue;
}

function found(tracker: SimulatedTracker, keys: readonly string[]): [string, CanonicalIssue][] {
  const answer: [string, CanonicalIssue][] = [];
  const shown = new Set(tracker.view().map(({ ref }) => tracker.idNow(ref.id)));
  for (const key of keys) {
    const id = tracker.idOfKey(key);
    if (id !== undefined && shown.has(id)) answer.push([key, tracker.get(id)]);
  }
  return answer;
}

/** Pages by position: an issue that nobody touches while they are read is listed. */
async function page(tracker: SimulatedTracker, wire: Wire, query: ListQuery): Promise<Page<CanonicalIssue>> {
  const { updatedSince = '', cursor, limit } = query;
  const { listsById, tellsGone } = tracker.traits;
  // A cursor is of one listing: the same place in another one has another.
  const listing = cursor?.split(' ', 1)[0] ?? `${++tracker.listings}`;
  const position = ({ ref, updatedAt }: CanonicalIssue): string =>
    `${listing} ${listsById ? `id ${ref.id.slice(1).padStart(6, '0')}` : `${updatedAt} ${ref.id}`}`;
  if (wire.hidden) throw new ConnectorRequestError('no such project', { statusCode: 404 });
  if (cursor !== undefined) {
    if (wire.strikes('bad_cursor', 0.08)) tracker.badCursors.add(cursor);
    // A cursor that is refused once is refused for good.
    if (tracker.badCursors.has(cursor))
      throw new TrackerContractError('this cursor is none', { kind: 'cursor' });
  }
  const listed = tracker
    .view()
    .filter((issue) => (issue.updatedAt ?? '') >= updatedSince)
    .filter((issue) => cursor === undefined || position(issue) > cursor)
    .sort((a, b) => (position(a) < position(b) ? -1 : 1));
  const items = listed.slice(0, limit);
  const last = items.at(-1);
  const next = last && listed.length > items.length ? position(last) : undefined;
  const gone = [...tracker.gone]
    .filter(([, at]) => tellsGone && at >= updatedSince)
    .map(([id]) => tracker.ref(id));
  const moved = tracker.moves
    .filter(({ at }) => at >= updatedSince)
    .map(({ from, to }) => ({ from: tracker.ref(from), to: tracker.ref(to) }));
  return {
    items: await disturbed(tracker, wire, items),
    ...(next === undefined ? {} : { nextCursor: repeatsCursor(wire, cursor, next) }),
    ...(gone.length > 0 ? { gone } : {}),
    ...(moved.length > 0 ? { moved } : {}),
  };
}

function repeatsCursor(wire: Wire, cursor: string | undefined, next: string): string {
  return cursor !== undefined && wire.strikes('same_cursor', 0.02) ? cursor : next;
}

/** A page with everything in it that pages have been seen with. */
async function disturbed(
  tracker: SimulatedTracker,
  wire: Wire,
  items: readonly CanonicalIssue[],
): Promise<CanonicalIssue[]> {
  const shown: CanonicalIssue[] = [];
  for (const item of items) {
    const older = tracker.olderOf(item.ref.id);
    // Only a full listing leaves issues out, and only what has an older state is shown stale.
    const matters = wire.full || older !== undefined;
    const seen = (matters && (await wire.seenAt(item.ref))) || '';
    const known = seen !== '' && seen >= (item.updatedAt ?? '');
    if (wire.strikes('unlisted_item', wire.full && known ? 0.1 : 0)) continue;
    // Only what was read before can be stale: a state that is never shown would be lost by the tracker.
    if (older && wire.strikes('stale_item', known ? 0.1 : 0)) shown.push(older);
    else if (wire.strikes('bad_item', 0.02)) shown.push({ ...item, title: '' });
    else shown.push(item);
  }
  const [first] = shown;
  if (first && wire.strikes('repeated_item', 0.03)) shown.push(first);
  if (wire.strikes('reordered_page', 0.05)) shown.reverse();
  return shown;
}
