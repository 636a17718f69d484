import {
  CANONICAL_ISSUE_TYPES,
  CANONICAL_STATUSES,
  type CanonicalIssue,
  type Priority,
} from '@spec-kitty/tracker-core';
import { randomStream } from './random.ts';

export const SYSTEM = 'synthetic';
export const WORKSPACE = 'bench';

const BODY_LENGTH = 500;
const YEAR_MS = 365 * 86_400_000;
const YEAR_BEGINS = Date.parse('2025-01-01T00:00:00.000Z');
const PRIORITIES: readonly Priority[] = [0, 1, 2, 3, 4, null];
const LABELS = ['backend', 'frontend', 'docs', 'regression', 'good first issue', 'needs triage'];
const WORDS =
  'the quick store keeps every issue that a tracker holds and loses none of them on the way home'.split(' ');

function pick<T>(items: readonly T[], random: () => number): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new TypeError('nothing to pick from');
  return item;
}

/** Ids in no order, as most trackers have them: an order would flatter the store's indexes. */
function randomId(random: () => number): string {
  const part = (): string =>
    Math.floor(random() * 0x100000000)
      .toString(16)
      .padStart(8, '0');
  return `${part()}-${part()}-${part()}`;
}

function sentence(random: () => number, length: number): string {
  let text = '';
  while (text.length < length) text += `${pick(WORDS, random)} `;
  return text.slice(0, length);
}

/** The issue at `index` of `size`, always the same one, as a new object: 500 bytes of body, changed within one year. */
export function syntheticIssue(index: number, size: number): CanonicalIssue {
  const random = randomStream(index);
  const updatedAt = YEAR_BEGINS + Math.floor(((index + random()) / size) * YEAR_MS);
  return {
    ref: { system: SYSTEM, workspace: WORKSPACE, id: randomId(random), key: `BENCH-${index + 1}` },
    title: sentence(random, 60),
    body: sentence(random, BODY_LENGTH),
    status: pick(CANONICAL_STATUSES, random),
    issueType: pick(CANONICAL_ISSUE_TYPES, random),
    priority: pick(PRIORITIES, random),
    assignees: [`person-${Math.floor(random() * 50)}`],
    labels: [...new Set([pick(LABELS, random), pick(LABELS, random)])],
    parent: null,
    links: [],
    customFields: {},
    createdAt: new Date(updatedAt - Math.floor(random() * 30 * 86_400_000)).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

/** The issues from `start` to before `end`, as they come out of a tracker's answer: parsed from JSON. */
export function syntheticIssues(start: number, end: number, size: number): CanonicalIssue[] {
  const issues = Array.from({ length: Math.min(end, size) - start }, (_, offset) =>
    syntheticIssue(start + offset, size),
  );
  return JSON.parse(JSON.stringify(issues)) as CanonicalIssue[];
}
