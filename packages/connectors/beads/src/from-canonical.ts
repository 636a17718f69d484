import {
  type CanonicalIssue,
  type CanonicalIssueType,
  type CanonicalLink,
  type CanonicalStatus,
  CapabilityNotSupportedError,
  type ExternalRef,
  type IssueFields,
  type IssuePatch,
  type JsonObject,
  type JsonValue,
  refIdentity,
  stableStringify,
} from '@spec-kitty/tracker-core';
import type { Edge } from './client.ts';
import { BODY_LENGTH } from './manifest.ts';

/** What one issue's patch asks of bd: its whole new row, and what an import cannot take away. */
export interface RowWrite {
  row: JsonObject;
  /** The row that was read. */
  before: JsonObject;
  labelsGone: string[];
  edgesGone: Edge[];
}

const STATUSES: Partial<Record<CanonicalStatus, string>> = {
  todo: 'open',
  in_progress: 'in_progress',
  blocked: 'blocked',
  done: 'closed',
};
const TYPES: Partial<Record<CanonicalIssueType, string>> = {
  task: 'task',
  bug: 'bug',
  epic: 'epic',
  chore: 'chore',
  // A story is none of the types of every version.
  story: 'feature',
};
const MAX_TITLE_BYTES = 500;
const MAX_LABEL_RUNES = 255;

function refuse(fieldPath: string, message: string): never {
  throw new CapabilityNotSupportedError(message, { capability: fieldPath, fieldPath });
}

/**
 * "Depends on" as Beads stores it: `blocks` is an edge of its target.
 * @throws CapabilityNotSupportedError for what is no edge of Beads.
 */
export function edgeOf(ref: ExternalRef, { type, target }: CanonicalLink): Edge {
  if (target.system !== ref.system || target.workspace !== ref.workspace)
    return refuse('links', `Beads cannot link to ${refIdentity(target)}, which is in another workspace`);
  const forth = { from: ref.id, to: target.id };
  const back = { from: target.id, to: ref.id };
  switch (type) {
    case 'blocked_by':
      return { ...forth, type: 'blocks' };
    case 'blocks':
      return { ...back, type: 'blocks' };
    case 'relates_to':
      return { ...forth, type: 'related' };
    case 'duplicates':
      return { ...forth, type: 'duplicates' };
    case 'child_of':
      return { ...forth, type: 'parent-child' };
    case 'parent_of':
      return { ...back, type: 'parent-child' };
  }
}

/** @throws CapabilityNotSupportedError naming the field and its limit: before anything is run. */
export function assertHeld(fields: Partial<IssueFields>): void {
  const { title, body, labels = [], assignees = [] } = fields;
  if (title !== undefined && Buffer.byteLength(title) > MAX_TITLE_BYTES)
    refuse('title', `title is longer than the ${MAX_TITLE_BYTES} bytes that Beads takes`);
  if ((body?.length ?? 0) > BODY_LENGTH)
    refuse('body', `body is longer than the ${BODY_LENGTH} characters that every bd takes`);
  for (const [field, texts] of Object.entries({ title: [title], body: [body], labels, assignees }))
    if (texts.some((text) => text?.includes('\0')))
      refuse(field, `${field} holds a NUL, which Beads cannot be given`);
  for (const label of labels)
    if ([...label].length > MAX_LABEL_RUNES)
      refuse('labels', `a label is longer than the ${MAX_LABEL_RUNES} characters that Beads takes`);
  if (assignees.length > 1) refuse('assignees', 'Beads holds one assignee');
}

/** Newer than `time` by the least that every version keeps, a second for what is stored in seconds. */
function justAfter(time: JsonValue | undefined, isWhole: boolean): string {
  const before = typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return new Date(Number.isNaN(before) ? 0 : before + (isWhole ? 1000 : 1)).toISOString();
}

const asEdge = ({ from, to, type }: Edge): JsonObject => ({ issue_id: from, depends_on_id: to, type });

/** The edges of a row of our own making. */
export function edgesIn(row: JsonObject): Edge[] {
  return edgesOf(row).map((edge) => ({
    from: String(edge['issue_id']),
    to: String(edge['depends_on_id']),
    type: String(edge['type']),
  }));
}

function edgesOf(row: JsonObject): JsonObject[] {
  const held = row['dependencies'];
  if (!Array.isArray(held)) return [];
  return held.filter(
    (edge): edge is JsonObject => typeof edge === 'object' && edge !== null && !Array.isArray(edge),
  );
}

/** The links that are edges of the issue itself, by their target and type in Beads. */
function ownEdges(ref: ExternalRef, links: readonly CanonicalLink[]): Map<string, Edge> {
  const edges = links.map((link) => {
    const edge = edgeOf(ref, link);
    return edge.from === ref.id ? edge : refuse('links', `Beads keeps "${link.type}" at the other issue`);
  });
  return new Map(edges.map((edge) => [`${edge.type} ${edge.to}`, edge]));
}

/**
 * The whole row with the patch in it. A field that is as it was keeps its exact word, also one without a canonical
 * name. The new `updated_at` is just after the one that was read: bd keeps the row where it was changed since.
 * @param now canonical time, for `closed_at`.
 * @returns undefined where nothing changes.
 * @throws CapabilityNotSupportedError naming a field that Beads cannot hold.
 */
export function rowWrite(
  raw: JsonObject,
  current: CanonicalIssue,
  patch: IssuePatch,
  now: string,
): RowWrite | undefined {
  assertHeld(patch);
  const { ref } = current;
  // An import only adds labels, edges and comments. What is there is left out: a person may have taken it away since.
  const row: JsonObject = { ...raw, labels: [], dependencies: [] };
  delete row['comments'];
  let changed = false;
  const set = (name: string, value: JsonValue): void => {
    changed = true;
    row[name] = value;
  };
  if (patch.title !== undefined && patch.title !== current.title) set('title', patch.title);
  if (patch.body !== undefined && (patch.body ?? '') !== (current.body ?? ''))
    set('description', patch.body ?? '');
  if (patch.status !== undefined && patch.status !== current.status) {
    set('status', STATUSES[patch.status] ?? refuse('status', `Beads has no status ${patch.status}`));
    delete row['close_reason'];
    if (row['status'] === 'closed') row['closed_at'] = now;
    else delete row['closed_at'];
  }
  if (patch.issueType !== undefined && patch.issueType !== current.issueType)
    set('issue_type', TYPES[patch.issueType] ?? refuse('issueType', `Beads has no ${patch.issueType}`));
  if (patch.priority !== undefined && patch.priority !== current.priority)
    set('priority', patch.priority ?? refuse('priority', 'an issue of Beads always has a priority'));
  if (patch.assignees !== undefined && patch.assignees[0] !== current.assignees[0])
    set('assignee', patch.assignees[0] ?? '');
  if (
    patch.customFields !== undefined &&
    stableStringify(patch.customFields) !== stableStringify(current.customFields)
  )
    refuse('customFields', 'other fields of Beads are read only');

  const labels = patch.labels ?? current.labels;
  const labelsGone = current.labels.filter((label) => !labels.includes(label));
  const labelsAdded = labels.filter((label) => !current.labels.includes(label));
  if (labelsAdded.length > 0) set('labels', labelsAdded);

  const edgesGone: Edge[] = [];
  const parent = patch.parent === undefined ? current.parent : patch.parent;
  if (parent?.id !== current.parent?.id) {
    if (current.parent) edgesGone.push({ from: ref.id, to: current.parent.id, type: 'parent-child' });
    if (parent)
      set('dependencies', [...edgesOf(row), asEdge(edgeOf(ref, { type: 'child_of', target: parent }))]);
  }
  if (patch.links !== undefined) {
    const wanted = ownEdges(ref, patch.links);
    const held = ownEdges(ref, current.links);
    for (const [key, edge] of held) if (!wanted.has(key)) edgesGone.push(edge);
    const added = [...wanted].filter(([key]) => !held.has(key)).map(([, edge]) => asEdge(edge));
    if (added.length > 0) set('dependencies', [...edgesOf(row), ...added]);
  }
  if (!changed && labelsGone.length === 0 && edgesGone.length === 0) return undefined;
  const before = raw['updated_at'];
  row['updated_at'] = justAfter(before, typeof before === 'string' && !before.includes('.'));
  return { row, before: raw, labelsGone, edgesGone };
}

/** The row with the status that was read. */
export function withStatusOf(row: JsonObject, before: JsonObject): JsonObject {
  const { status: _, closed_at: __, close_reason: ___, ...others } = row;
  const kept = ['status', 'closed_at', 'close_reason'].flatMap((name) => {
    const value = before[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...others, ...Object.fromEntries(kept) };
}
