import {
  type CanonicalIssue,
  type ConflictRecord,
  type ExternalRef,
  type OverrideRecord,
  refIdentity,
} from '@spec-kitty/tracker-core';
import { linkMark } from './deeds.ts';
import { type Edit, HOST, tokensIn } from './ledger.ts';
import { type SimulatedTracker, valuesOf } from './simulated-tracker.ts';
import { image } from './tracker-traits.ts';
import type { World } from './world.ts';

const SETS: readonly string[] = ['labels', 'assignees', 'links'];

/** What is left at the end, in words that the ledger uses. */
interface Remains {
  local: CanonicalIssue[];
  tombstones: CanonicalIssue[];
  conflicts: ConflictRecord[];
  overrides: OverrideRecord[];
}

/** Holds the final state against the invariants. `last`: after everything was listed, so that deletions are known too. */
export async function verdict(world: World, last: boolean): Promise<void> {
  const remains: Remains = {
    local: await world.store.listIssues(),
    tombstones: await world.store.listIssues({ deleted: true }),
    conflicts: await world.store.listConflicts(),
    overrides: await world.store.listOverrides({ limit: 100_000 }),
  };
  const { problems } = world;
  for (const tracker of world.trackers) {
    await compare(world, tracker, remains, last);
    problems.push(...tracker.problems);
    if (tracker.traits.compareAndSet && tracker.excused.size > 0)
      problems.push(`an edit was lost in spite of compare-and-set: ${[...tracker.excused].join(', ')}`);
  }
  for (const edit of world.ledger.edits) judge(world, edit, remains, last);
  judgeConflicts(world, remains);
  judgeOwners(world, remains);
}

/** What the local side owns of an issue that was made here is what the host made of it. */
function judgeOwners(world: World, { local }: Remains): void {
  const { ledger } = world;
  for (const issue of local) {
    const mark = ledger.issueOf(issue.title);
    if (world.two || world.givenUp.has(mark) || ledger.authorOf('title', mark) !== HOST) continue;
    for (const path of ['title', 'body'] as const)
      for (const token of tokensIn(issue[path]))
        if (world.ownerOf(path) === 'local' && token !== '' && ledger.authorOf(path, token) !== HOST)
          world.problems.push(`${path} of ${mark}, which the host owns, is ${token}`);
  }
}

async function compare(
  world: World,
  tracker: SimulatedTracker,
  remains: Remains,
  last: boolean,
): Promise<void> {
  const { ledger, problems } = world;
  const { name } = tracker.traits;
  const remote = tracker.issues();
  const born = remote.map(({ title }) => ledger.issueOf(title));
  const here = remains.local.map(({ title }) => ledger.issueOf(title));
  for (const [where, names] of [
    [name, born],
    ['the store', here],
  ] as const)
    for (const issue of new Set(names))
      if (names.filter((other) => other === issue).length > 1 && !mayBeTwo(world, issue))
        problems.push(`doubled: ${issue} at ${where}`);
  for (const issue of remote) {
    const known = ledger.issueOf(issue.title);
    if (!ledger.isDeleted(known) && !here.includes(known))
      problems.push(`${known} of ${name} is not in the store`);
  }
  for (const issue of remains.local) {
    const known = ledger.issueOf(issue.title);
    const there = remote.find(({ title }) => ledger.issueOf(title) === known);
    if (there && !ledger.isDeleted(known)) await equal(world, tracker, issue, there);
    else if (!ledger.isDeleted(known)) problems.push(`${known} is not at ${name}`);
  }
  if (last && !world.two) judgeDeletions(world, tracker, remains);
}

/** Where nobody could have known better: a draft that was given up while its create may have worked. */
const mayBeTwo = (world: World, issue: string): boolean => world.givenUp.has(issue);

async function equal(
  world: World,
  tracker: SimulatedTracker,
  local: CanonicalIssue,
  remote: CanonicalIssue,
): Promise<void> {
  const { traits } = tracker;
  const refs = await world.store.refsOf(local.ref);
  if (!refs.some((ref) => refIdentity(ref) === refIdentity(remote.ref)))
    world.problems.push(`${world.ledger.issueOf(local.title)} is known by another ref than ${remote.ref.id}`);
  const [here, there] = [shown(world, local), shown(world, remote)];
  for (const path of new Set([...Object.keys(here), ...Object.keys(there)])) {
    const [a, b] = [here[path] ?? '', there[path] ?? ''];
    const lossy = (path === 'body' && traits.lossyBody) || (path === 'status' && traits.lossyStatus);
    const absent =
      (path === 'priority' && !traits.priority) || (path.startsWith('customFields') && !traits.customFields);
    const refused = path === 'priority' && traits.refusesToken && a === '4';
    // A circle is never closed, and what is gone may be named on one side only.
    const gone = world.ledger.isDeleted(a) || world.ledger.isDeleted(b);
    const kept = path === 'parent' && (world.tangled || gone);
    if (a === b || absent || refused || kept) continue;
    // The one exception: of a lossy field nobody can tell an edit before our answer from what the tracker made of it.
    if (lossy && tracker.excused.has(`${world.ledger.issueOf(local.title)} ${path} set ${b}`)) continue;
    if (lossy && path === 'body' && image(a) === b) continue;
    if (lossy && path === 'status' && (b === 'todo') === (a !== 'done' && a !== 'canceled')) continue;
    const { custom, links } = { custom: path.startsWith('customFields'), links: path === 'links' };
    // What the local side never held stays at the tracker, although the local side owns it.
    const theirs = world.ownerOf(path) === 'local' && (custom ? a === '' : links && within(a, b));
    if (theirs) continue;
    world.problems.push(`${path} of ${world.ledger.issueOf(local.title)}: ${a} here, ${b} at ${traits.name}`);
  }
}

const within = (a: string, b: string): boolean =>
  a.split(', ').every((link) => link === '' || b.split(', ').includes(link));

/** Values by path as text, refs by what they lead to. */
function shown(world: World, issue: CanonicalIssue): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [path, value] of Object.entries(valuesOf(issue)))
    if (path !== 'links' && path !== 'parent')
      values[path] = Array.isArray(value)
        ? elements(world, path, value).sort().join(', ')
        : String(value ?? '');
  values['links'] = elements(world, 'links', issue.links)
    // Links to issues that were deleted may be on one side only.
    .filter((link) => !world.ledger.isDeleted(link.split(' ')[1] ?? ''))
    .sort()
    .join(', ');
  values['parent'] = issue.parent ? world.markOf(issue.parent) : '';
  return values;
}

function judgeDeletions(world: World, tracker: SimulatedTracker, remains: Remains): void {
  const { ledger, problems, deletions } = world;
  const disputed = (issue: string): boolean =>
    remains.conflicts.some(({ field, issueRef }) => field === 'deleted' && world.markOf(issueRef) === issue);
  const holds = (issue: string): CanonicalIssue | undefined =>
    tracker.issues().find(({ title }) => ledger.issueOf(title) === issue);
  for (const { by, issue, after } of ledger.deletions) {
    if (disputed(issue) || world.untold.has(issue) || world.givenUp.has(issue)) continue;
    const alive = remains.local.some(({ title }) => ledger.issueOf(title) === issue);
    const remote = holds(issue);
    if (by !== HOST && remote) problems.push(`${issue} was deleted at the tracker and is there again`);
    if (alive) problems.push(`${issue} was deleted by ${by} and is alive in the store`);
    if (by === HOST && deletions === 'delete' && remote)
      problems.push(`${issue} was deleted here and is there still`);
    // Whoever opens it again after it was closed may do so.
    const reopened = ledger.edits
      .slice(after)
      .some((edit) => edit.issue === issue && edit.field === 'status');
    const closes = deletions === 'close' && world.ownerOf('status') !== 'external';
    if (by === HOST && closes && remote && remote.status !== 'canceled' && !reopened)
      problems.push(`${issue} was deleted here and is not closed there`);
  }
}

/** Every edit is there, or was replaced by somebody who saw it, or is on record, or falls under the one exception. */
function judge(world: World, edit: Edit, remains: Remains, last: boolean): void {
  const { ledger } = world;
  const deleted = ledger.isDeleted(edit.issue);
  if (deleted && !last) return;
  const fine = edit.kind === 'set' ? setStands(world, edit, remains) : elementStands(world, edit, remains);
  if (fine || (deleted && wentWithDeletion(world, edit, remains))) return;
  const excused = world.trackers.some(({ excused }) =>
    excused.has(`${edit.issue} ${edit.field} ${edit.kind} ${edit.value}`),
  );
  // With compare-and-set there is no exception: its count is held to be nought.
  if (excused) {
    world.count('excused without compare-and-set');
    return;
  }
  const deed = edit.kind === 'set' ? 'set to' : edit.kind === 'add' ? 'with' : 'without';
  world.problems.push(
    `lost edit ${edit.number}: ${edit.field} of ${edit.issue} ${deed} ${edit.value} by ${edit.by}`,
  );
}

/** A field's value in the ledger's words. */
function words(world: World, path: string, value: unknown): string[] {
  if (path !== 'parent') return tokensIn(value);
  return [value === null || value === undefined ? '' : world.markOf(value as ExternalRef)];
}

/** The elements of a set in the ledger's words; labels in lower case, since a tracker may fold them. */
function elements(world: World, path: string, set: unknown): string[] {
  if (!Array.isArray(set)) return [];
  if (path === 'links') return [...new Set(set.map((link) => linkMark(world, link)))];
  return [...new Set(set.map((item) => (path === 'labels' ? String(item).toLowerCase() : String(item))))];
}

function setStands(world: World, edit: Edit, { local, tombstones, conflicts, overrides }: Remains): boolean {
  const { field, value, issue } = edit;
  const everywhere = [...local, ...tombstones, ...world.trackers.flatMap((tracker) => tracker.issues())];
  const held = everywhere.some(
    (one) =>
      world.ledger.issueOf(one.title) === issue && words(world, field, valuesOf(one)[field]).includes(value),
  );
  if (held) return true;
  const lossyStatus = field === 'status' && world.trackers.some(({ traits }) => traits.lossyStatus);
  const images = field === 'body' ? [value, image(value)] : lossyStatus ? [value, 'todo'] : [value];
  // Texts are never written twice. Of other values nobody can tell one from its equal: whoever saw that one saw this one.
  const replaced = world.ledger.edits.some(
    (other) =>
      other !== edit &&
      other.issue === issue &&
      other.field === field &&
      images.some((one) => other.saw.includes(one)),
  );
  if (replaced) return true;
  const ours = ({ field: of, issueRef }: { field: string; issueRef: ExternalRef }): boolean =>
    of === field && world.markOf(issueRef) === issue;
  const recorded = [
    ...conflicts.filter(ours).flatMap((one) => [one.localValue, one.externalValue]),
    ...overrides.filter(ours).map((one) => one.lostValue),
  ];
  return recorded.some((one) => words(world, field, one).includes(value));
}

function elementStands(world: World, edit: Edit, { local, tombstones, overrides }: Remains): boolean {
  const { field, issue, kind } = edit;
  const value = field === 'labels' ? edit.value.toLowerCase() : edit.value;
  const has = (set: unknown): boolean => elements(world, field, set).includes(value);
  const sides = [...local, ...tombstones].filter((one) => world.ledger.issueOf(one.title) === issue);
  if (sides.some((one) => has(valuesOf(one)[field])) === (kind === 'add')) return true;
  // Relations that somebody else made stay where they are, although the local side owns them.
  const theirs = world.trackers
    .flatMap((tracker) => tracker.issues())
    .filter((one) => world.ledger.issueOf(one.title) === issue);
  if (field === 'links' && kind === 'add' && theirs.some((one) => has(one.links))) return true;
  // On record: the set that lost is the one in which this was done.
  const recorded = overrides.some(
    (one) =>
      one.field === field &&
      world.markOf(one.issueRef) === issue &&
      has(one.lostValue) === (kind === 'add') &&
      has(one.keptValue) !== has(one.lostValue),
  );
  if (recorded) return true;
  if (field === 'links' && world.ledger.isDeleted(value.split(' ')[1] ?? '')) return true;
  const alike = world.ledger.edits.filter(
    (one) =>
      one.field === field &&
      one.issue === issue &&
      (field === 'labels' ? one.value.toLowerCase() : one.value) === value,
  );
  // Undone by somebody later; of an element that comes and goes, nobody can tell one time from another.
  return alike.some((one) => one.kind !== kind && (one.number > edit.number || alike.length > 2));
}

/** It stands at the tracker where it was done, whoever deleted the issue saw it, or the deletion is on record as a conflict, or the host wanted it ignored. */
function wentWithDeletion(world: World, edit: Edit, remains: Remains): boolean {
  const { ledger, deletions } = world;
  const disputed = remains.conflicts.some(
    ({ field, issueRef }) => field === 'deleted' && world.markOf(issueRef) === edit.issue,
  );
  const there = world.trackers
    .filter(({ traits }) => traits.name === edit.by)
    .flatMap((tracker) => tracker.issues())
    .find(({ title }) => ledger.issueOf(title) === edit.issue);
  const stands =
    there !== undefined &&
    edit.kind !== 'set' &&
    elements(world, edit.field, valuesOf(there)[edit.field]).includes(edit.value) === (edit.kind === 'add');
  return (
    disputed ||
    stands ||
    ledger.deletions.some(
      ({ issue, saw, by }) =>
        issue === edit.issue &&
        (saw.includes(edit.value) === (edit.kind !== 'remove') ||
          by === edit.by ||
          // Keys and relations of others stay at the tracker where the local side owns the field, and go with the issue.
          (by === HOST &&
            (deletions === 'ignore' ||
              (/^(customFields|links)/.test(edit.field) && world.ownerOf(edit.field) === 'local')))),
    )
  );
}

/** A set never conflicts, nothing is decided twice, and nobody conflicts with themselves. */
function judgeConflicts(world: World, { conflicts }: Remains): void {
  const decided = new Set<string>();
  for (const { field, baseValue, localValue, externalValue, issueRef, strategy } of conflicts) {
    if (SETS.includes(field)) world.problems.push(`a conflict over the set ${field}`);
    if (field !== 'title' && field !== 'body') continue;
    // Left undecided by a deletion, it may come up again.
    if (strategy === 'deleted') continue;
    // From another base it is another dispute: of a lossy text whose answer was lost, ours looks like somebody's each time.
    const values = [baseValue, localValue, externalValue];
    const key = JSON.stringify([field, ...values, world.markOf(issueRef), issueRef.system]);
    if (decided.has(key)) world.problems.push(`decided twice: ${key}`);
    decided.add(key);
    const mine = tokensIn(externalValue).every((token) => world.ledger.authorOf(field, token) === HOST);
    if (!world.two && mine && tokensIn(externalValue)[0] !== '')
      world.problems.push(`a conflict of ${field} with our own write ${String(externalValue)}`);
  }
}
