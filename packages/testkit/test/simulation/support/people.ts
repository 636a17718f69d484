import {
  type CanonicalIssue,
  canonicalIssue,
  isDraftRef,
  parseRefIdentity,
  recordWrite,
  type StoredRecord,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import type { Random } from '../../../src/simulation/random.ts';
import type { SimulatedTracker } from '../../../src/simulation/simulated-tracker.ts';

/** Who writes what: the host the body, people at the tracker the title, and both of them labels of their own. */
interface Issue {
  bornAt: 'host' | 'tracker';
  bodies: (string | null)[];
  titles: string[];
  hostLabels: string[];
  personLabels: string[];
  /** The issues that the host linked it to. */
  links: string[];
}

const BINDING = 'sim:w:w';

export const bornOf = (issue: CanonicalIssue): string => String(issue.customFields['born']);

function bookOf(bornAt: Issue['bornAt'], title: string, body: string | null): Issue {
  return { bornAt, titles: [title], bodies: [body], hostLabels: [], personLabels: [], links: [] };
}

function repeated(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

/**
 * A host and people at the tracker, and the book of all that they wrote. No two of them ever write the same: whatever
 * happens to the process between them, nothing of theirs may be lost, doubled or taken back, and nothing may conflict.
 */
export class People {
  readonly #tracker: SimulatedTracker;
  readonly #issues = new Map<string, Issue>();
  /** The newest state of a value that one side was seen with: it must not become an older one. */
  readonly #newest = new Map<string, number>();
  #tokens = 0;

  constructor(tracker: SimulatedTracker) {
    this.#tracker = tracker;
  }

  /** One thing that somebody does. */
  async act(random: Random, store: SyncStore): Promise<void> {
    const remote = this.#tracker.issues();
    const local = await store.listIssues();
    const token = `t${++this.#tokens}`;
    const kind = random.pick([
      'create',
      'create',
      'born',
      'body',
      'body',
      'title',
      'label',
      'tag',
      'link',
    ] as const);
    if (local.length === 0 || kind === 'create') {
      this.#issues.set(token, bookOf('host', token, token));
      const fields = { title: token, body: token, customFields: { born: token } };
      await store.createDraft({ system: this.#tracker.traits.name, workspace: 'w' }, fields);
    } else if (remote.length === 0 || kind === 'born') {
      this.#issues.set(token, bookOf('tracker', token, null));
      const id = this.#tracker.newId();
      const ref = this.#tracker.ref(id);
      this.#tracker.put(id, canonicalIssue({ ref, title: token, customFields: { born: token } }));
    } else if (kind === 'title' || kind === 'tag') {
      const issue = random.pick(remote);
      const book = this.#book(bornOf(issue));
      if (kind === 'title') book.titles.push(token);
      else book.personLabels.push(token);
      const patch = kind === 'title' ? { title: token } : { labels: [...issue.labels, token] };
      this.#tracker.edit(issue.ref.id, patch);
    } else {
      const issue = random.pick(local);
      const book = this.#book(bornOf(issue));
      const target = random.pick(local);
      if (kind === 'link' && target !== issue && !book.links.includes(bornOf(target))) {
        book.links.push(bornOf(target));
        const links = [...issue.links, { type: 'relates_to' as const, target: target.ref }];
        await store.editIssue(issue.ref, { links });
      } else if (kind === 'label') {
        book.hostLabels.push(token);
        await store.editIssue(issue.ref, { labels: [...issue.labels, token] });
      } else {
        book.bodies.push(token);
        await store.editIssue(issue.ref, { body: token });
      }
    }
  }

  #book(born: string): Issue {
    const issue = this.#issues.get(born);
    if (!issue) throw new Error(`nobody made ${born}`);
    return issue;
  }

  /** What must be true at any moment, whoever died. */
  async problems(store: SyncStore): Promise<string[]> {
    const { backend } = store;
    const records = await backend.query({}, { after: 0, limit: 1000 });
    const remote = this.#tracker.issues();
    const intents = await backend.intents(BINDING);
    const problems = [
      ...repeated(records.map(({ issue }) => bornOf(issue))).map((born) => `${born} is in the store twice`),
      ...repeated(remote.map(bornOf)).map((born) => `${born} is at the tracker twice`),
      ...(await store.listConflicts()).map(({ field }) => `a conflict about ${field}`),
      ...(await unindexed(store, records)),
    ];
    for (const [born, book] of this.#issues) {
      const record = records.find(({ issue }) => bornOf(issue) === born);
      const there = remote.find((issue) => bornOf(issue) === born);
      const says = (what: string): void => void problems.push(`${born}: ${what}`);
      if (!record && book.bornAt === 'host') says('it is lost from the store');
      if (!there && book.bornAt === 'tracker') says('it is lost from the tracker');
      if (record) {
        const { body, title, labels } = record.issue;
        if (body !== book.bodies.at(-1))
          says(`the host wrote the body ${book.bodies.at(-1)}, and it is ${body}`);
        this.#goesOn(`${born} title here`, book.titles, title, says);
        for (const label of book.hostLabels) if (!labels.includes(label)) says(`the host’s ${label} is lost`);
        const { pair, ref } = record.agreements[0] ?? {};
        const agreed = pair === undefined ? -1 : book.bodies.indexOf(pair.remote.body);
        if (agreed > book.bodies.indexOf(there?.body ?? null))
          says('agreed on a body that the tracker has not');
        if (ref && !isDraftRef(ref) && this.#tracker.idNow(ref.id) !== there?.ref.id)
          says('its ref leads to another issue');
        const settled = ref !== undefined && !isDraftRef(ref);
        if (there && !settled && !intents.some(({ recordId }) => recordId === record.id))
          says('it is at the tracker, and the store has neither its ref nor an intent');
      }
      if (there) {
        const { body, title, labels } = there;
        if (title !== book.titles.at(-1))
          says(`people wrote the title ${book.titles.at(-1)}, and it is ${title}`);
        this.#goesOn(`${born} body there`, book.bodies, body, says);
        for (const label of book.personLabels) if (!labels.includes(label)) says(`people’s ${label} is lost`);
      }
    }
    return problems;
  }

  #goesOn<T>(key: string, values: readonly T[], value: T, says: (what: string) => void): void {
    const place = values.indexOf(value);
    const before = this.#newest.get(key) ?? -1;
    if (place < before) says(`${key} was ${values[before]}, and became ${value}`);
    this.#newest.set(key, Math.max(place, before));
  }

  /** In what the two sides differ; nothing may, after a run that nobody disturbed. */
  async differences(store: SyncStore): Promise<string[]> {
    const { backend } = store;
    const records = await backend.query({}, { after: 0, limit: 1000 });
    const drafts = records.flatMap(({ aliases, issue }) =>
      Object.keys(aliases).map((identity): [string, string] => [
        parseRefIdentity(identity).id,
        bornOf(issue),
      ]),
    );
    const local = view(
      records.map(({ issue }) => issue),
      drafts,
    );
    const remote = view(this.#tracker.issues());
    const left = await backend.intents(BINDING);
    const pending = await backend.pending([BINDING], { after: 0, limit: 1000 });
    const links = [...this.#issues].flatMap(([born, book]) =>
      book.links
        .filter((target) => !local.get(born)?.includes(`"${target}"`))
        .map((target) => `the link from ${born} to ${target} is lost`),
    );
    return [
      ...[...new Set([...local.keys(), ...remote.keys()])]
        .filter((born) => local.get(born) !== remote.get(born))
        .map((born) => `${born} is ${local.get(born)} here and ${remote.get(born)} there`),
      ...links,
      ...left.map(({ key }) => `the intent ${key} is left`),
      ...pending.map((id) => `record ${id} is left pending`),
    ];
  }
}

/** Everything of the issues that the two sides must agree on, by where each was born. */
function view(issues: readonly CanonicalIssue[], further: [string, string][] = []): Map<string, string> {
  const born = new Map([
    ...further,
    ...issues.map((issue): [string, string] => [issue.ref.id, bornOf(issue)]),
  ]);
  return new Map(
    issues.map((issue) => {
      const { title, body, labels, links } = issue;
      const targets = links.map(({ target }) => born.get(target.id) ?? target.id).sort();
      return [bornOf(issue), JSON.stringify([title, body, [...labels].sort(), targets])];
    }),
  );
}

/** What the store's indexes say otherwise than its records. */
async function unindexed({ backend }: SyncStore, records: readonly StoredRecord[]): Promise<string[]> {
  const pending = new Set(await backend.pending([BINDING], { after: 0, limit: 1000 }));
  const listed = new Set(
    (await backend.refs(BINDING, { after: '', limit: 1000 })).map(({ identity }) => identity),
  );
  const problems: string[] = [];
  for (const record of records) {
    const write = recordWrite(record, record);
    const found = await backend.lookup(write.refs.map(({ identity }) => identity));
    if (found.some((entry) => entry?.recordId !== record.id))
      problems.push(`record ${record.id} is not found by all of its refs`);
    if (write.pending.includes(BINDING) !== pending.has(record.id))
      problems.push(`record ${record.id} is wrongly indexed as pending or not`);
    for (const { identity, target, draft } of write.refs) {
      if (target === BINDING && !draft && !listed.has(identity))
        problems.push(`the ref ${identity} is not listed`);
    }
  }
  return problems;
}
