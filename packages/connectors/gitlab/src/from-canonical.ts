import {
  type CanonicalIssue,
  type CanonicalLink,
  CapabilityNotSupportedError,
  type IssueField,
  type IssuePatch,
  refIdentity,
  sameValue,
} from '@spec-kitty/tracker-core';
import type { RawIssue } from './answers.ts';
import type { CreateIssueInput, UpdateIssueInput } from './inputs.ts';
import { CAPABILITIES } from './manifest.ts';
import { readMarker, withMarker } from './marker.ts';
import { commandIn } from './quick-actions.ts';
import { isOurs } from './to-canonical.ts';
import { type Kind, ownTypeOf, typeWithout, type Vocabulary } from './vocabulary.ts';

const MAX_ASSIGNEES = 200;
const { titleLength = 0, bodyLength = 0, labelLength = 0 } = CAPABILITIES.limits ?? {};

export function refuse(field: IssueField, message: string): never {
  throw new CapabilityNotSupportedError(message, { capability: field, fieldPath: field });
}

/** @throws CapabilityNotSupportedError naming the field that GitLab cannot hold: before anything is sent. */
export function assertHeld(
  { title, body, labels = [], assignees = [], links, customFields, parent }: IssuePatch,
  current: CanonicalIssue,
  vocabulary: Vocabulary,
): void {
  if (title !== undefined) assertTitle(title);
  if (body != null) assertText(body, 'body', bodyLength);
  for (const label of labels) {
    assertLabel(label);
    if (vocabulary.isMeaning(label))
      refuse('labels', `the label "${label}" stands for a status, a priority or a type here: set that field`);
  }
  if (assignees.length > MAX_ASSIGNEES)
    refuse('assignees', `GitLab assigns an issue to ${MAX_ASSIGNEES} people at most`);
  if (parent) refuse('parent', "the parent of an issue is in no call of GitLab's REST API");
  if (links && !sameLinks(links, current.links))
    refuse('links', 'links are written one by one, with upsertLink and removeLink');
  if (customFields && Object.keys(customFields).length > 0)
    refuse('customFields', 'GitLab has no custom fields that a project can be sure of');
}

function assertTitle(title: string): void {
  assertText(title, 'title', titleLength);
  if (title !== title.trimStart())
    refuse('title', 'GitLab takes away the white space with which a title begins');
}

/** A text that GitLab keeps as it is. */
export function assertText(text: string, field: IssueField, maxLength: number): void {
  if (text.length > maxLength)
    refuse(field, `the ${field} is longer than the ${maxLength} characters that GitLab takes`);
  if (text.includes('\0')) refuse(field, `the ${field} has a NUL, which GitLab does not take`);
  const command = field === 'title' ? undefined : commandIn(text);
  if (command !== undefined)
    refuse(
      field,
      `the line "${command.slice(0, 80)}" is a command to GitLab, which would do it and take it out of the ${field}`,
    );
}

/** Names are told apart by commas in requests, and GitLab takes markup out of them. */
function assertLabel(label: string): void {
  if (label.length > labelLength)
    refuse('labels', `a label is longer than the ${labelLength} characters that GitLab takes`);
  const wrong = /,|[<>]|&#?\w+;|^\s|\s$|\p{Cc}/u.exec(label)?.[0];
  if (wrong !== undefined)
    refuse(
      'labels',
      `the label ${JSON.stringify(label)} has ${JSON.stringify(wrong)}, which GitLab does not keep`,
    );
}

/** What makes an issue; whether it is to be closed then is another request's. */
export function createInput(
  issue: CanonicalIssue,
  key: string | undefined,
  assigneeIds: readonly number[],
  vocabulary: Vocabulary,
): CreateIssueInput {
  const { status, priority, issueType } = issue;
  const labels = [...issue.labels];
  if (status !== 'todo' && status !== 'done')
    labels.push(meaning('status', vocabulary.statusLabel(status), status));
  if (priority !== null)
    labels.push(meaning('priority', vocabulary.priorityLabel(priority), String(priority)));
  const typeLabel = vocabulary.typeLabel(issueType);
  if (typeLabel !== undefined) labels.push(typeLabel);
  const type = typeLabel === undefined ? meaning('issueType', typeWithout(issueType), issueType) : 'issue';
  return {
    title: issue.title,
    description: withMarker(issue.body ?? '', key),
    ...(labels.length > 0 ? { labels: labels.join(',') } : {}),
    ...(assigneeIds.length > 0 ? { assignee_ids: [...assigneeIds] } : {}),
    ...(type === 'issue' ? {} : { issue_type: type }),
  };
}

export const isClosed = (status: CanonicalIssue['status']): boolean =>
  status === 'done' || status === 'canceled';

/** What brings an issue from what it is to what is wanted, and the fields of it: only differences, so that others' edits stay. */
export function updateInput(
  raw: RawIssue,
  current: CanonicalIssue,
  patch: IssuePatch,
  context: { previous: CanonicalIssue | undefined; viewer: number | undefined; vocabulary: Vocabulary },
): { input: UpdateIssueInput; fields: IssueField[]; assignees?: string[] } {
  const { vocabulary, viewer } = context;
  const input: UpdateIssueInput = {};
  const fields = new Set<IssueField>();
  const [added, removed] = [new Set<string>(), new Set<string>()];
  const wear = (field: IssueField, kind: Kind, label: string | undefined): void => {
    fields.add(field);
    for (const old of vocabulary.worn(raw.labels, kind)) if (old !== label) removed.add(old);
    if (label !== undefined && !raw.labels.includes(label)) added.add(label);
  };
  const { title, body, status, priority, issueType } = patch;
  if (title !== undefined && title !== current.title) {
    input.title = title;
    fields.add('title');
  }
  if (body !== undefined && (body ?? '') !== (current.body ?? '')) {
    const key = isOurs(raw, viewer) ? readMarker(raw.description ?? '').key : undefined;
    input.description = withMarker(body ?? '', key);
    fields.add('body');
  }
  if (issueType !== undefined && issueType !== current.issueType) {
    const label = vocabulary.typeLabel(issueType);
    wear('issueType', 'type', label);
    if (label === undefined) {
      const own = meaning('issueType', typeWithout(issueType), issueType);
      if (ownTypeOf(raw.issue_type ?? 'issue') !== issueType) input.issue_type = own;
    }
  }
  if (priority !== undefined && priority !== current.priority)
    wear(
      'priority',
      'priority',
      priority === null
        ? undefined
        : meaning('priority', vocabulary.priorityLabel(priority), String(priority)),
    );
  if (status !== undefined && status !== current.status) {
    const bare = status === 'todo' || status === 'done';
    wear('status', 'status', bare ? undefined : meaning('status', vocabulary.statusLabel(status), status));
    const wasClosed = raw.state === 'closed';
    if (isClosed(status) !== wasClosed) input.state_event = wasClosed ? 'reopen' : 'close';
    else if (status === 'done' && raw._links?.closed_as_duplicate_of != null)
      refuse('status', 'GitLab has closed it as a duplicate: it is done once it was opened again');
  }
  const base = context.previous ?? current;
  if (patch.labels) {
    const wanted = patch.labels;
    for (const label of wanted)
      if (!base.labels.includes(label) && !raw.labels.includes(label)) added.add(label);
    for (const label of base.labels)
      if (!wanted.includes(label) && raw.labels.includes(label)) removed.add(label);
    fields.add('labels');
  }
  if (added.size > 0) input.add_labels = [...added].join(',');
  if (removed.size > 0) input.remove_labels = [...removed].join(',');
  const assignees = patch.assignees && changedPeople(patch.assignees, base.assignees, current.assignees);
  if (assignees) fields.add('assignees');
  return { input, fields: [...fields], ...(assignees ? { assignees } : {}) };
}

const folded = (name: string): string => name.toLowerCase();
const isAmong = (name: string, names: readonly string[]): boolean =>
  names.some((one) => folded(one) === folded(name));

/** All who are to be assigned, as GitLab wants them: those who are, but for the differences; undefined for none. */
function changedPeople(
  wanted: readonly string[],
  base: readonly string[],
  current: readonly string[],
): string[] | undefined {
  const added = wanted.filter((one) => !isAmong(one, base) && !isAmong(one, current));
  const kept = current.filter((one) => !isAmong(one, base) || isAmong(one, wanted));
  return added.length === 0 && kept.length === current.length ? undefined : [...kept, ...added];
}

function meaning(field: IssueField, name: string | undefined, value: string): string {
  return name ?? refuse(field, `nothing stands for the ${field} ${value} in this configuration`);
}

function sameLinks(a: readonly CanonicalLink[], b: readonly CanonicalLink[]): boolean {
  const named = (links: readonly CanonicalLink[]): string =>
    [...new Set(links.map(({ type, target }) => `${type} ${refIdentity(target)}`))].sort().join('\n');
  return named(a) === named(b);
}

/** The fields that were written and are not there: GitLab leaves out without a word what it does not hold or allow. */
export function unkept(
  wanted: IssuePatch,
  base: CanonicalIssue | undefined,
  now: CanonicalIssue,
): IssueField[] {
  const { labels = [], assignees = [] } = wanted;
  const found: IssueField[] = (['title', 'body', 'status', 'priority', 'issueType'] as const).filter(
    (field) => wanted[field] !== undefined && !sameValue(field, wanted[field], now[field]),
  );
  const isNew = (label: string): boolean => !base?.labels.includes(label);
  if (labels.some((label) => isNew(label) && !now.labels.includes(label))) found.push('labels');
  const isAdded = (name: string): boolean => !base || !isAmong(name, base.assignees);
  if (assignees.some((name) => isAdded(name) && !isAmong(name, now.assignees))) found.push('assignees');
  return found;
}
