import {
  type CanonicalIssue,
  type CanonicalLink,
  CapabilityNotSupportedError,
  CORE_ISSUE_FIELDS,
  type ExternalRef,
  fieldSupport,
  type IssueField,
  type IssueFields,
  type IssuePatch,
  type JsonValue,
  type RefusedField,
  sameRef,
  sameValue,
  stableStringify,
  type TrackerCapabilities,
} from '@spec-kitty/tracker-core';
import { option } from '@spec-kitty/tracker-process';
import { type FpIssue, isId } from './answers.ts';
import { BODY_LENGTH } from './manifest.ts';
import { readMarker, withMarker } from './marker.ts';
import { labelsOf } from './to-canonical.ts';
import { translatePriority, translateStatus, wordForPriority, wordsForStatus } from './vocabulary.ts';

/** One field to be written. */
export interface Edit {
  field: IssueField;
  /** Arguments to be tried one after the other, until fp takes one. */
  choices: string[];
}

/** What a patch comes to: what is written, and what is refused before anything is. */
export interface Edits {
  edits: Edit[];
  refused: RefusedField[];
}

/** An issue as it is made when nothing is said. */
export const NEW_ISSUE: FpIssue = {
  id: 'new',
  title: '',
  description: '',
  status: 'todo',
  priority: null,
  parent: null,
  dependencies: [],
  properties: {},
  createdAt: null,
  updatedAt: null,
};

function readsTheSame(field: IssueField, a: unknown, b: unknown): boolean {
  const [one, other] = [a as JsonValue, b as JsonValue];
  return field === 'customFields'
    ? stableStringify(one) === stableStringify(other)
    : sameValue(field, one, other);
}

/** @throws CapabilityNotSupportedError naming a field that fp does not hold, and that is to be another one than it is. */
export function assertHeld(capabilities: TrackerCapabilities, patch: IssuePatch, current: IssueFields): void {
  for (const field of CORE_ISSUE_FIELDS) {
    const value = patch[field];
    if (value === undefined || fieldSupport(capabilities, field) !== 'none') continue;
    if (readsTheSame(field, value, current[field])) continue;
    throw new CapabilityNotSupportedError(`this fp does not hold ${field}`, {
      capability: field,
      fieldPath: field,
    });
  }
}

/** Elements that the caller added and removed, applied to what is there now. */
function merged<T>(
  now: readonly T[],
  wanted: readonly T[],
  before: readonly T[],
  same: (a: T, b: T) => boolean,
): T[] {
  const has = (list: readonly T[], element: T): boolean => list.some((other) => same(other, element));
  const kept = now.filter((element) => has(wanted, element) || !has(before, element));
  return [...kept, ...wanted.filter((element) => !has(kept, element) && !has(before, element))];
}

/** The whole set, which replaces what is there. */
export function dependsOption(ids: readonly string[]): string {
  return option('depends', ids.join(','));
}

/** Whether fp can name this issue: one of this workspace, with an id that is one. */
export function isHere(
  ref: ExternalRef,
  { system, workspace }: Pick<ExternalRef, 'system' | 'workspace'>,
): boolean {
  return ref.system === system && ref.workspace === workspace && isId(ref.id);
}

/**
 * What is to be written so that `raw` becomes what `patch` says. What reads the same already is left out, so that a
 * word of an extension is not replaced by a plainer one. Sets are changed by their differences against `previous`.
 */
export function editsOf(
  raw: FpIssue,
  patch: IssuePatch,
  { current, previous, text }: { current: CanonicalIssue; previous: IssueFields | undefined; text: boolean },
): Edits {
  const edits: Edit[] = [];
  const refused: RefusedField[] = [];
  const write = (field: IssueField, ...choices: string[]): void => void edits.push({ field, choices });
  const refuse = (field: IssueField, reason: string): void => void refused.push({ field, reason });

  if (patch.title !== undefined && patch.title.trim() !== raw.title) {
    if (text && /[\r\n]|^\s*\[/.test(patch.title))
      refuse(
        'title',
        'a title of several lines, or one that begins with "[", cannot be read in what this fp prints',
      );
    else write('title', option('title', patch.title));
  }
  if (patch.body !== undefined) {
    const { body, key } = readMarker(raw.description ?? '');
    const wanted = (patch.body ?? '').trim();
    if (wanted.length > BODY_LENGTH) refuse('body', `longer than ${BODY_LENGTH} characters`);
    else if (wanted !== body.trim()) write('body', option('description', withMarker(wanted, key)));
  }
  if (patch.status !== undefined && translateStatus(raw.status).value !== patch.status)
    write('status', ...wordsForStatus(patch.status).map((word) => option('status', word)));
  if (patch.priority !== undefined && translatePriority(raw.priority).value !== patch.priority) {
    const word = wordForPriority(patch.priority);
    if (word !== (raw.priority ?? '')) write('priority', option('priority', word));
  }
  if (patch.parent !== undefined && (patch.parent?.id ?? '') !== (raw.parent ?? '')) {
    if (patch.parent && !isHere(patch.parent, current.ref))
      refuse('parent', 'it is no issue of this fp project');
    else write('parent', option('parent', patch.parent?.id ?? ''));
  }
  if (patch.labels !== undefined) {
    const known = labelsOf(raw);
    const labels = known ?? [];
    const wanted = merged(labels, patch.labels, previous?.labels ?? labels, (a, b) => a === b);
    if (!sameValue('labels', wanted, labels)) {
      if (!raw.properties) refuse('labels', 'this build of fp shows no properties');
      else if (!known) refuse('labels', 'the property holds something else than labels');
      else if (wanted.some((label) => label.includes(',') || label !== label.trim()))
        refuse('labels', 'fp keeps labels in one text, between commas');
      else write('labels', option('property', `labels=${wanted.join(',')}`));
    }
  }
  if (patch.links !== undefined) {
    const same = (a: CanonicalLink, b: CanonicalLink): boolean =>
      a.type === b.type && sameRef(a.target, b.target);
    const wanted = merged(current.links, patch.links, previous?.links ?? current.links, same);
    const odd = wanted.find(({ type, target }) => type !== 'blocked_by' || !isHere(target, current.ref));
    if (odd) refuse('links', `fp has no word for ${odd.type} ${odd.target.id} here`);
    else if (!sameValue('links', wanted as unknown as JsonValue, current.links as unknown as JsonValue))
      write('links', dependsOption(wanted.map(({ target }) => target.id)));
  }
  return { edits, refused };
}

/** Fields that read as they did before although they were written: fp took the command, and not the value. */
export function notTaken(
  edits: readonly Edit[],
  patch: IssuePatch,
  before: IssueFields,
  after: IssueFields,
): RefusedField[] {
  return edits
    .filter(
      ({ field }) =>
        readsTheSame(field, after[field], before[field]) && !readsTheSame(field, after[field], patch[field]),
    )
    .map(({ field }) => ({ field, reason: 'fp kept the value that it had' }));
}
