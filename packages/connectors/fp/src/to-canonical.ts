import {
  type CanonicalIssue,
  canonicalIssue,
  type ExternalRef,
  type JsonObject,
} from '@spec-kitty/tracker-core';
import type { FpIssue } from './answers.ts';
import type { FPConfig } from './config.ts';
import { readMarker } from './marker.ts';
import { translatePriority, translateStatus } from './vocabulary.ts';

export const SYSTEM = 'fp';

type Profile = Pick<FPConfig, 'workspace' | 'defaultIssueType'>;

/** A listing and a single issue name the key differently; both begin with the first eight letters of the id. */
const KEY_LENGTH = 8;

export function refOf(workspace: string, id: string): ExternalRef {
  return { system: SYSTEM, workspace, id, key: id.slice(0, KEY_LENGTH) };
}

/** The labels, whether kept in one text or in a list; undefined where they are something else. */
export function labelsOf({ properties }: FpIssue): string[] | undefined {
  const labels = properties?.['labels'] ?? [];
  const words = typeof labels === 'string' ? labels.split(',') : labels;
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) return undefined;
  return words.map((word) => word.trim()).filter((word) => word !== '');
}

/** @throws IssuePayloadContractError where it is no issue in canonical terms: a blank title, a time that is none. */
export function toCanonical(raw: FpIssue, { workspace, defaultIssueType }: Profile): CanonicalIssue {
  const targetOf = (id: string): ExternalRef => ({ system: SYSTEM, workspace, id });
  const status = translateStatus(raw.status);
  const priority = translatePriority(raw.priority);
  const { body, key } = readMarker(raw.description ?? '');
  const labels = labelsOf(raw);
  const { labels: _, ...others } = raw.properties ?? {};
  const properties = labels ? others : (raw.properties ?? {});

  const kept: JsonObject = {};
  if (!status.exact) kept['fp.status'] = raw.status;
  if (!priority.exact) kept['fp.priority'] = raw.priority;
  if (Object.keys(properties).length > 0) kept['fp.properties'] = properties;

  return canonicalIssue(
    {
      ref: refOf(workspace, raw.id),
      title: raw.title,
      body: body === '' ? null : body,
      status: status.value,
      issueType: defaultIssueType,
      priority: priority.value,
      labels: labels ?? [],
      parent: raw.parent === null || raw.parent === '' ? null : targetOf(raw.parent),
      links: raw.dependencies.map((id) => ({ type: 'blocked_by', target: targetOf(id) })),
      customFields: kept,
      createdAt: raw.createdAt,
      updatedAt: raw.updatedAt,
      ...(key === undefined ? {} : { correlationKey: key }),
    },
    SYSTEM,
  );
}
