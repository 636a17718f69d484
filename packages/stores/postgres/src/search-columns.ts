import type { CanonicalIssue } from '@spec-kitty/tracker-core';
import { SEPARATOR, toFoldedSearchKey, toSearchKey } from './sort-key.ts';

/** Title and body as `query` searches them. No text that is looked for holds what stands between the two. */
export function searchOf({ title, body }: CanonicalIssue): string {
  return toFoldedSearchKey(title) + SEPARATOR + toFoldedSearchKey(body ?? '');
}

/** A label as it is looked for in {@link labelsOf}. */
export function labelKey(label: string): string {
  return SEPARATOR + toSearchKey(label) + SEPARATOR;
}

/** One separator between two labels, so that there is no empty one where none is meant. */
export function labelsOf({ labels }: CanonicalIssue): string {
  return labels.length === 0 ? '' : SEPARATOR + labels.map(toSearchKey).join(SEPARATOR) + SEPARATOR;
}
