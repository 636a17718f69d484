import {
  type CanonicalIssue,
  type CanonicalLink,
  copyJson,
  type ExternalRef,
  fieldsOf,
  type IssueFields,
  IssueNotFoundError,
  type IssuePatch,
  type JsonValue,
  refIdentity,
  SyncConflictError,
  shiftTimestamp,
  type WriteOptions,
} from '@spec-kitty/tracker-core';
import { tokensIn } from './ledger.ts';
import { image, type TrackerTraits } from './tracker-traits.ts';

interface Held {
  issue: CanonicalIssue;
  version: number;
  history: { at: string; issue: CanonicalIssue | undefined }[];
}

const ORIGIN = '2026-01-01T00:00:00.000Z';
const SETS = ['labels', 'assignees'] as const;

/** The fields of an issue by path, custom keys each for itself. */
export function valuesOf(fields: IssueFields): Record<string, JsonValue> {
  const { customFields, ...plain } = fieldsOf(fields);
  const values: Record<string, JsonValue> = { ...(plain as unknown as Record<string, JsonValue>) };
  for (const [key, value] of Object.entries(customFields)) values[`customFields.${key}`] = value;
  return values;
}

export const linkKey = (link: CanonicalLink): string => `${link.type} ${refIdentity(link.target)}`;
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

const without = (
  items: readonly string[],
  others: readonly string[],
  key: (item: string) => string,
): string[] => {
  const left = new Set(others.map(key));
  return items.filter((item) => !left.has(key(item)));
};

/** A tracker in memory, with people in it. */
export class SimulatedTracker {
  readonly traits: TrackerTraits;
  readonly now: () => string;
  /** Where requests of ours took something that nobody could know of: `issue field kind value`. */
  readonly excused: Set<string> = new Set();
  readonly gone: Map<string, string> = new Map();
  readonly badCursors: Set<string> = new Set();
  readonly moves: { from: string; to: string; at: string }[] = [];
  /** What connectors wrote although it was not theirs to write. */
  readonly problems: string[] = [];
  writes = 0;
  listings = 0;
  readonly #held = new Map<string, Held>();
  readonly #keys = new Map<string, string>();
  /** Labels as they were first written, where the tracker takes two cases for one label. */
  readonly #labels = new Map<string, string>();
  readonly #aliases = new Map<string, string>();
  /** Fields that a write of ours with a lost answer, or an unanswered one, named: by issue. */
  readonly #unread = new Map<string, Set<string>>();
  readonly #answering = new Set<string>();
  #nextId = 1;

  readonly #onPut: (issue: CanonicalIssue) => void;
  readonly #markOf: (ref: ExternalRef) => string;

  constructor(
    traits: TrackerTraits,
    now: () => string,
    book: { onPut: (issue: CanonicalIssue) => void; markOf: (ref: ExternalRef) => string },
  ) {
    this.traits = traits;
    this.#onPut = book.onPut;
    this.#markOf = book.markOf;
    this.now = () => shiftTimestamp(now(), traits.skewMs);
  }

  ref(id: string): ExternalRef {
    return { system: this.traits.name, workspace: 'w', id };
  }

  issues(): CanonicalIssue[] {
    return [...this.#held.values()].map(({ issue }) => issue);
  }

  idNow(id: string): string {
    let known = id;
    for (let next = this.#aliases.get(known); next !== undefined; next = this.#aliases.get(known))
      known = next;
    return known;
  }

  find(id: string): CanonicalIssue | undefined {
    return this.#held.get(this.idNow(id))?.issue;
  }

  get(id: string): CanonicalIssue {
    const issue = this.find(id);
    if (!issue) throw new IssueNotFoundError(`no ${id}`);
    return issue;
  }

  idOfKey(key: string): string | undefined {
    const id = this.#keys.get(key);
    return id === undefined ? undefined : this.idNow(id);
  }

  /** The state before the last change with an older time; undefined where there is none. */
  olderOf(id: string): CanonicalIssue | undefined {
    const held = this.#held.get(id);
    const now = held?.issue.updatedAt ?? '';
    return held?.history.findLast(({ issue }) => issue?.ref.id === id && (issue.updatedAt ?? '') < now)
      ?.issue;
  }

  #stamp(): string {
    const millis = Date.parse(this.now());
    return new Date(millis - (millis % this.traits.granularityMs)).toISOString();
  }

  put(id: string, fields: IssueFields, key?: string): CanonicalIssue {
    const { lossyStatus, lossyBody, customFields, priority, compareAndSet, identity, foldsLabels } =
      this.traits;
    const at = this.#stamp();
    const before = this.#held.get(id);
    const version = (before?.version ?? 0) + 1;
    const copy = copyJson(fieldsOf(fields));
    const issue: CanonicalIssue = {
      ...copy,
      body: lossyBody && copy.body !== null ? image(copy.body) : copy.body,
      status: lossyStatus && copy.status !== 'done' && copy.status !== 'canceled' ? 'todo' : copy.status,
      labels: foldsLabels ? this.#folded(copy.labels) : copy.labels,
      customFields: customFields ? copy.customFields : {},
      priority: priority ? copy.priority : null,
      ref: this.ref(id),
      createdAt: before?.issue.createdAt ?? at,
      updatedAt: at,
      ...(compareAndSet ? { version: String(version) } : {}),
    };
    const mark = key ?? before?.issue.correlationKey;
    if (mark !== undefined && identity === 'lookup') issue.correlationKey = mark;
    const history = [...(before?.history ?? [{ at: ORIGIN, issue: undefined }]), { at: this.now(), issue }];
    this.#held.set(id, { issue, version, history });
    this.#onPut(issue);
    return issue;
  }

  #folded(labels: readonly string[]): string[] {
    const known = labels.map((label) => {
      const key = label.toLowerCase();
      if (!this.#labels.has(key)) this.#labels.set(key, label);
      return this.#labels.get(key) ?? label;
    });
    return [...new Set(known)];
  }

  newId(): string {
    return `${this.traits.name[0]}${this.#nextId++}`;
  }

  /** A person edits. What falls between a write of ours and our next look at it is excused, without compare-and-set. */
  edit(id: string, patch: IssuePatch): void {
    const current = this.get(id);
    const next = { ...fieldsOf(current), ...patch };
    const [was, is] = [valuesOf(current), valuesOf(next)];
    for (const path of Object.keys({ ...was, ...is })) {
      const late = this.#answering.has(id) && this.#isLossy(path);
      const unread = this.#unread.get(id)?.has(path) === true || this.#unread.get(id)?.has('*') === true;
      if (!same(was[path], is[path]) && (unread || late) && !this.traits.compareAndSet)
        this.#excuse(current.ref, path, was[path], is[path]);
    }
    this.put(id, next);
  }

  #isLossy(path: string): boolean {
    return (path === 'body' && this.traits.lossyBody) || (path === 'status' && this.traits.lossyStatus);
  }

  #excuse(ref: ExternalRef, path: string, before: JsonValue | undefined, after: JsonValue | undefined): void {
    const excuse = (kind: string, value: string): void =>
      void this.excused.add(`${this.#markOf(ref)} ${path} ${kind} ${value}`);
    const elements = (value: JsonValue | undefined): string[] =>
      Array.isArray(value) ? value.map((item) => this.#element(path, item)) : [];
    if (Array.isArray(before) || Array.isArray(after)) {
      const [then, now] = [elements(before), elements(after)];
      for (const item of now) if (!then.includes(item)) excuse('add', item);
      for (const item of then) if (!now.includes(item)) excuse('remove', item);
    } else if (path === 'parent') {
      excuse('set', after ? this.#markOf(after as unknown as ExternalRef) : '');
    } else {
      for (const token of tokensIn(after)) excuse('set', token);
    }
  }

  #element(path: string, item: JsonValue): string {
    if (path !== 'links') return String(item);
    const { type, target } = item as unknown as CanonicalLink;
    return `${type} ${this.#markOf(target)}`;
  }

  /** A request of ours has had its effect, and nobody on our side knows yet. */
  unanswered(id: string, paths: readonly string[]): void {
    this.#answering.add(id);
    const known = this.#unread.get(id) ?? new Set<string>();
    for (const path of paths) known.add(path);
    this.#unread.set(id, known);
  }

  /** The answer is made: what people do from here on is not in it. */
  answered(id: string): void {
    this.#answering.delete(id);
    this.#unread.delete(id);
  }

  /** Its answer never came. */
  lost(id: string): void {
    this.#answering.delete(id);
  }

  create(issue: CanonicalIssue, key: string | undefined): CanonicalIssue {
    const { identity } = this.traits;
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known !== undefined && identity === 'idempotent') return this.get(known);
    const id = identity === 'client_ids' ? issue.ref.id : this.newId();
    if (this.#held.has(id)) return this.get(id);
    if (key !== undefined) this.#keys.set(key, id);
    return this.put(id, issue, key);
  }

  #requireVersion(id: string, options: WriteOptions): void {
    const { ifVersion } = options;
    if (
      ifVersion !== undefined &&
      this.traits.compareAndSet &&
      ifVersion !== String(this.#held.get(id)?.version)
    )
      throw new SyncConflictError('another version');
  }

  update(named: string, patch: IssuePatch, options: WriteOptions): CanonicalIssue {
    const id = this.idNow(named);
    const current = this.get(id);
    this.#requireVersion(id, options);
    const { previous } = options;
    const next: IssuePatch = { ...patch };
    if (!this.traits.wholeSets && previous) {
      for (const field of SETS) {
        const wanted = patch[field];
        if (!wanted) continue;
        // As careful connectors do: differences against what the patch was made from.
        const added = without(wanted, previous[field], this.#key);
        const removed = without(previous[field], wanted, this.#key);
        next[field] = [...new Set([...without(current[field], removed, this.#key), ...added])];
      }
      if (patch.customFields) {
        next.customFields = { ...current.customFields };
        for (const key of Object.keys({ ...previous.customFields, ...patch.customFields })) {
          const value = patch.customFields[key];
          if (same(value, previous.customFields[key])) continue;
          if (value === undefined) delete next.customFields[key];
          else next.customFields[key] = value;
        }
      }
    }
    const result = { ...fieldsOf(current), ...next };
    if (previous) this.#noteOverwritten(current, previous, result);
    return this.put(id, result);
  }

  #noteOverwritten(current: CanonicalIssue, previous: IssueFields, result: IssueFields): void {
    const [now, then, after] = [valuesOf(current), valuesOf(previous), valuesOf(result)];
    for (const path of Object.keys({ ...now, ...then, ...after })) {
      if (same(now[path], then[path]) || same(now[path], after[path])) continue;
      this.#excuse(current.ref, path, Array.isArray(now[path]) ? (then[path] ?? []) : after[path], now[path]);
    }
  }

  readonly #key = (item: string): string => (this.traits.foldsLabels ? item.toLowerCase() : item);

  link(named: string, link: CanonicalLink, remove: boolean): CanonicalIssue {
    const issue = this.get(named);
    const others = issue.links.filter((other) => linkKey(other) !== linkKey(link));
    if (remove === (others.length === issue.links.length)) return issue;
    return this.put(issue.ref.id, { ...issue, links: remove ? others : [...others, link] });
  }

  /** A deletion of ours: what people did since `previous` goes with it, unless versions are compared. */
  removeAsAsked(named: string, options: WriteOptions): void {
    const id = this.idNow(named);
    const current = this.find(id);
    if (!current) return;
    this.#requireVersion(id, options);
    const { previous } = options;
    if (previous) {
      const [now, then] = [valuesOf(current), valuesOf(previous)];
      for (const path of Object.keys({ ...now, ...then }))
        if (!same(now[path], then[path])) this.#excuse(current.ref, path, then[path], now[path]);
    }
    this.remove(id);
  }

  remove(id: string): void {
    this.#held.delete(id);
    this.gone.set(id, this.#stamp());
  }

  /** The issue gets another id; the old one goes on leading to it. */
  move(id: string): void {
    const held = this.#held.get(id);
    if (!held) return;
    const to = this.newId();
    this.#held.delete(id);
    this.#held.set(to, held);
    this.#aliases.set(id, to);
    const unread = this.#unread.get(id);
    if (unread) this.#unread.set(to, unread);
    this.put(to, held.issue);
    this.moves.push({ from: id, to, at: this.#stamp() });
  }

  /** What a listing shows: where it lags, each state after a while of its own, so that a later change may show earlier. */
  view(): CanonicalIssue[] {
    const { lagMs } = this.traits;
    const held = [...this.#held.values()];
    if (lagMs === 0) return held.map(({ issue }) => issue);
    const now = Date.parse(this.now());
    return held.flatMap(({ history }, place) => {
      const shown = history.findLast(
        ({ at }, change) => Date.parse(at) + (((place + 1) * (change + 3) * 1777) % (lagMs + 1)) <= now,
      )?.issue;
      return shown ? [shown] : [];
    });
  }
}
