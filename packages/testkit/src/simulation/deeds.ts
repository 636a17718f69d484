import {
  type CanonicalIssue,
  type CanonicalLink,
  type ExternalRef,
  type IssuePatch,
  isDraftRef,
  isTrackerError,
  refIdentity,
} from '@spec-kitty/tracker-core';
import { type Edit, HOST, type Place, tokensIn } from './ledger.ts';
import { linkKey, type SimulatedTracker, valuesOf } from './simulated-tracker.ts';
import { image } from './tracker-traits.ts';
import type { World } from './world.ts';

const STATUSES = ['todo', 'in_progress', 'in_review', 'blocked', 'done'] as const;
const PRIORITIES = [0, 1, 4, 4, null] as const;
const COMMON_LABELS = ['bug', 'ui'] as const;
const MOST_ISSUES = 6;

interface Change {
  patch: IssuePatch;
  notes: Pick<Edit, 'field' | 'kind' | 'value' | 'saw'>[];
}

/** One random deed of one side; whoever does it sees what their side shows at that moment. */
export async function act(world: World, side: 'host' | 'person'): Promise<void> {
  world.millis += world.random.below(2000);
  world.acts++;
  if (side === 'host') await hostActs(world);
  else await personActs(world);
}

async function hostActs(world: World): Promise<void> {
  const issues = await world.store.listIssues();
  const { random } = world;
  const deed = random.next();
  const few = issues.length < MOST_ISSUES;
  if (issues.length === 0 || (few && deed < 0.15)) {
    await hostCreates(world, issues);
    return;
  }
  const issue = random.pick(issues);
  if (deed < 0.18) await hostDeletes(world, issue);
  else if (deed < 0.24) await hostSavesCopy(world);
  else if (deed < 0.26) await hostForbidden(world);
  else if (world.allows('host_edit')) {
    let change = someChange(world, issue, issues);
    // A draft with a value that is the tracker's to set would be refused for ever: that is a deed of its own.
    if (isDraftRef(issue.ref) && Object.keys(change.patch).some((path) => isOwned(world, path)))
      change = titleChange(world, issue);
    await world.store.editIssue(issue.ref, change.patch);
    noteAll(world, HOST, issue, change);
  }
  if (random.chance(0.3)) world.copies.push(issue);
}

async function hostCreates(world: World, issues: readonly CanonicalIssue[]): Promise<void> {
  const { random, ledger } = world;
  // Only what the tracker does not own may be created with.
  if (world.ownerOf('title') === 'external' || !world.allows('host_create')) return;
  const title = ledger.token('h');
  const child = issues.length > 0 && random.chance(0.3) && world.ownerOf('parent') !== 'external';
  const parent = child ? random.pick(issues).ref : null;
  const body = random.chance(0.5) && world.ownerOf('body') !== 'external' ? ledger.token('b') : null;
  const place = { system: world.tracker.traits.name, workspace: 'w' };
  const draft = await world.store.createDraft(place, { title, parent, body });
  world.mark(draft.ref, title);
  ledger.born(HOST, title);
  if (body !== null)
    ledger.note({ by: HOST, issue: title, field: 'body', kind: 'set', value: body, saw: [''] });
}

/** A draft with a value that is the tracker's to set: it must be refused. */
async function hostForbidden(world: World): Promise<void> {
  const owned = world.ownerOf('labels') === 'external' && world.ownerOf('title') !== 'external';
  if (!owned || !world.allows('host_forbidden_draft')) return;
  const place = { system: world.tracker.traits.name, workspace: 'w' };
  const title = world.ledger.token('f');
  const draft = await world.store.createDraft(place, { title, labels: ['forbidden'] });
  world.mark(draft.ref, title);
  world.forbidden.push(draft.ref);
}

async function hostDeletes(world: World, issue: CanonicalIssue): Promise<void> {
  if (!world.allows('host_delete')) return;
  await world.noteGivenUp(issue.ref);
  await world.store.deleteIssue(issue.ref);
  world.ledger.deleted(HOST, issue.title, everythingIn(world, issue));
}

/** Saves a copy that was read some time ago: where the issue has changed since, that must be refused. */
async function hostSavesCopy(world: World): Promise<void> {
  const copy = world.copies.shift();
  if (!copy || !world.allows('host_stale_save')) return;
  const now = await world.store.getIssue(copy.ref);
  const title = world.ledger.token('t');
  const old = !now || now.localRevision !== copy.localRevision;
  world.tell(() => `  host saves ${JSON.stringify(copy)} over ${JSON.stringify(now)}`);
  try {
    await world.store.upsertIssue({ ...copy, title });
  } catch (error) {
    if (!isTrackerError(error) || error.code !== 'sync_conflict' || !old) throw error;
    world.count('stale_save_refused');
    return;
  }
  if (old) world.problems.push(`a copy of ${copy.title} that was outdated was saved`);
  noteAll(world, HOST, copy, {
    patch: {},
    notes: [{ field: 'title', kind: 'set', value: title, saw: tokensIn(copy.title) }],
  });
}

async function personActs(world: World): Promise<void> {
  const { random, ledger } = world;
  const { tracker } = world;
  const issues = tracker.issues();
  const place = tracker.traits.name;
  const deed = random.next();
  if (issues.length === 0 || (issues.length < MOST_ISSUES && deed < 0.15)) {
    if (!world.allows('person_create')) return;
    const title = ledger.token('p');
    const made = tracker.put(tracker.newId(), newIssue(title));
    world.mark(made.ref, title);
    ledger.born(place, title);
    return;
  }
  const issue = random.pick(issues);
  if (deed < 0.17) {
    if (!world.allows('person_delete')) return;
    const [known] = await world.backend.lookup([refIdentity(issue.ref)]);
    tracker.remove(issue.ref.id);
    // A create whose answer never came, deleted before anybody here knew of it: it may be made again.
    if (!known) world.untold.add(ledger.issueOf(issue.title));
    ledger.deleted(place, issue.title, everythingIn(world, issue));
  } else if (deed < 0.2) {
    if (!world.allows('person_move')) return;
    const mark = ledger.issueOf(issue.title);
    tracker.move(issue.ref.id);
    world.mark(tracker.get(issue.ref.id).ref, mark);
  } else if (world.allows('person_edit')) {
    const change = someChange(world, issue, issues, tracker);
    tracker.edit(issue.ref.id, change.patch);
    noteAll(world, place, issue, change);
  }
}

const newIssue = (title: string): Omit<CanonicalIssue, 'ref' | 'createdAt' | 'updatedAt'> => ({
  title,
  body: null,
  status: 'todo',
  issueType: 'task',
  priority: null,
  assignees: [],
  labels: [],
  parent: null,
  links: [],
  customFields: {},
});

/** Every value that an issue shows, in the ledger's words. */
function everythingIn(world: World, issue: CanonicalIssue): string[] {
  const { links, parent, ...plain } = valuesOf(issue);
  const marks = issue.links.map((link) => linkMark(world, link));
  return [
    ...Object.values(plain).flatMap(tokensIn),
    ...marks,
    issue.parent ? world.markOf(issue.parent) : '',
  ];
}

function noteAll(world: World, by: Place, issue: CanonicalIssue, change: Change): void {
  const name = world.ledger.issueOf(issue.title);
  for (const note of change.notes) world.ledger.note({ by, issue: name, ...note });
}

function someChange(
  world: World,
  issue: CanonicalIssue,
  others: readonly CanonicalIssue[],
  tracker?: SimulatedTracker,
): Change {
  const { random, ledger } = world;
  switch (random.below(10)) {
    case 0: {
      const typed = ledger.token('b');
      const body = tracker?.traits.lossyBody ? image(typed) : typed;
      return {
        patch: { body },
        notes: [{ field: 'body', kind: 'set', value: body, saw: tokensIn(issue.body) }],
      };
    }
    case 1:
      return setChange(world, issue, 'labels', 'l');
    case 2:
      return setChange(world, issue, world.two ? 'labels' : 'assignees', world.two ? 'l' : 'u');
    case 3: {
      const typed = random.pick(STATUSES);
      const status = tracker?.traits.lossyStatus && typed !== 'done' ? 'todo' : typed;
      const note = { field: 'status', kind: 'set' as const, value: status, saw: tokensIn(issue.status) };
      return { patch: { status }, notes: status === issue.status ? [] : [note] };
    }
    case 4: {
      if (world.trackers.some(({ traits }) => !traits.customFields)) break;
      const key = random.pick(['x', 'y']);
      const value = ledger.token('c');
      const saw = tokensIn(issue.customFields[key]);
      const customFields = { ...issue.customFields, [key]: value };
      return { patch: { customFields }, notes: [{ field: `customFields.${key}`, kind: 'set', value, saw }] };
    }
    case 5: {
      if (world.trackers.some(({ traits }) => !traits.priority)) break;
      const priority = random.pick(PRIORITIES);
      const value = String(priority ?? '');
      const saw = [String(issue.priority ?? '')];
      const note = { field: 'priority', kind: 'set' as const, value, saw };
      return { patch: { priority }, notes: priority === issue.priority ? [] : [note] };
    }
    case 6:
      return linkChange(world, issue, others);
    case 7:
    case 8: {
      const chosen = random.pick(others).ref;
      const own = ledger.issueOf(issue.title);
      // A parent that is older than its child never makes a circle with another one.
      const tangles = random.chance(0.1) && world.markOf(chosen) !== own;
      const parent = numberOf(world.markOf(chosen)) < numberOf(own) || tangles ? chosen : null;
      world.tangled ||= parent !== null && numberOf(world.markOf(parent)) >= numberOf(own);
      const mark = (ref: ExternalRef | null): string => (ref ? world.markOf(ref) : '');
      const value = mark(parent);
      const note = { field: 'parent', kind: 'set' as const, value, saw: [mark(issue.parent)] };
      return { patch: { parent }, notes: value === mark(issue.parent) ? [] : [note] };
    }
  }
  return titleChange(world, issue);
}

function titleChange(world: World, issue: CanonicalIssue): Change {
  const title = world.ledger.token('t');
  return {
    patch: { title },
    notes: [{ field: 'title', kind: 'set', value: title, saw: tokensIn(issue.title) }],
  };
}

const isOwned = (world: World, path: string): boolean => world.ownerOf(path) === 'external';

const numberOf = (issue: string): number => Number(issue.slice(1));

function setChange(
  world: World,
  issue: CanonicalIssue,
  field: 'labels' | 'assignees',
  prefix: string,
): Change {
  const { random } = world;
  const [first] = issue[field];
  // A label is taken away in every case in which it stands there.
  const rest = issue[field].filter((item) => item.toLowerCase() !== first?.toLowerCase());
  if (first !== undefined && random.chance(0.4))
    return { patch: { [field]: rest }, notes: [{ field, kind: 'remove', value: first, saw: [first] }] };
  // A label that may have been there before: swaps of the same size are among the changes, too.
  const common = random.chance(0.3) ? random.pick(COMMON_LABELS) : undefined;
  if (field === 'labels' && common !== undefined && !issue.labels.includes(common))
    return {
      patch: { labels: [...issue.labels, common] },
      notes: [{ field, kind: 'add', value: common, saw: [] }],
    };
  // In another case it is the same label where every tracker says so.
  const folds = field === 'labels' && world.trackers.every(({ traits }) => traits.foldsLabels);
  if (folds && first !== undefined && random.chance(0.3))
    return { patch: { labels: [...issue.labels, first.toUpperCase()] }, notes: [] };
  const value = world.ledger.token(prefix);
  return { patch: { [field]: [...issue[field], value] }, notes: [{ field, kind: 'add', value, saw: [] }] };
}

/** The link by names that both sides share. */
export function linkMark(world: World, link: CanonicalLink): string {
  return `${link.type} ${world.markOf(link.target)}`;
}

/** Adds or removes one link, maybe one that was there before. */
function linkChange(world: World, issue: CanonicalIssue, others: readonly CanonicalIssue[]): Change {
  const { random, ledger } = world;
  const name = ledger.issueOf(issue.title);
  const [first] = issue.links;
  if (first && random.chance(0.6)) {
    const links = issue.links.filter((link) => linkKey(link) !== linkKey(first));
    const value = linkMark(world, first);
    return { patch: { links }, notes: [{ field: 'links', kind: 'remove', value, saw: [value] }] };
  }
  const target: ExternalRef = random.pick(others).ref;
  const link: CanonicalLink = { type: random.pick(['blocks', 'relates_to'] as const), target };
  const value = linkMark(world, link);
  if (world.markOf(target) === name || issue.links.some((held) => linkMark(world, held) === value))
    return { patch: {}, notes: [] };
  return {
    patch: { links: [...issue.links, link] },
    notes: [{ field: 'links', kind: 'add', value, saw: [] }],
  };
}
