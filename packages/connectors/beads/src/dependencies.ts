import type { CanonicalLink, ExternalRef, JsonValue, LinkType } from '@spec-kitty/tracker-core';

/** What the edges of an issue are in canonical terms, and those that have no place there, exactly as they are. */
export interface Dependencies {
  parent: ExternalRef | null;
  links: CanonicalLink[];
  others: JsonValue[];
}

/** "A depends on B" under each type, as A's link to B. Real exports misspell some. */
const LINK_TYPES: Readonly<Record<string, LinkType>> = {
  blocks: 'blocked_by',
  'blocked-by': 'blocked_by',
  blocked_by: 'blocked_by',
  related: 'relates_to',
  'relates-to': 'relates_to',
  relates_to: 'relates_to',
  duplicates: 'duplicates',
};
const PARENT_TYPES = new Set(['parent-child', 'parent_child']);
/** Targets outside of this Beads database: an id of another system, not one of ours. */
const EXTERNAL = 'external:';
const MAX_ID = 2048;

interface Edge {
  target: string;
  type: string;
}

/** An edge `{ issue_id, depends_on_id, type }` of the issue `id`, or undefined where it is anything else. */
function edgeOf(row: JsonValue, id: string): Edge | undefined {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return undefined;
  const { issue_id: source, depends_on_id: target, type } = row;
  if (source !== undefined && source !== id) return undefined;
  if (typeof target !== 'string' || typeof type !== 'string') return undefined;
  if (target.trim() === '' || target.length > MAX_ID || target.startsWith(EXTERNAL)) return undefined;
  return { target, type };
}

/**
 * Splits the edges of an issue. An issue has one parent in canonical terms: the first in the file. A target need not
 * be in the export.
 */
export function splitDependencies(
  rows: readonly JsonValue[],
  id: string,
  refOf: (id: string) => ExternalRef,
): Dependencies {
  const result: Dependencies = { parent: null, links: [], others: [] };
  for (const row of rows) {
    const edge = edgeOf(row, id);
    const type = edge && Object.hasOwn(LINK_TYPES, edge.type) ? LINK_TYPES[edge.type] : undefined;
    if (edge && type) result.links.push({ type, target: refOf(edge.target) });
    else if (edge && !result.parent && PARENT_TYPES.has(edge.type)) result.parent = refOf(edge.target);
    else result.others.push(row);
  }
  return result;
}
