import type { ConflictRecord, JsonValue } from '@spec-kitty/tracker-core';
import { issueName, shortId, shortTime, shortValue } from './names.ts';
import { line, look, type Shown, shown } from './shown.ts';
import { type Column, table } from './table.ts';
import { valueLines } from './value-lines.ts';

type View = 'open' | 'settled' | 'all';

/** One conflict a line. */
export function conflictTable(conflicts: readonly ConflictRecord[], width: number, view: View): Shown[] {
  const columns: Column<ConflictRecord>[] = [
    { title: 'conflict', value: ({ id }) => look('bold', shortId(id)) },
    { title: 'issue', value: ({ issueRef }) => issueName(issueRef), shrinksTo: 8 },
    { title: 'field', value: ({ field }) => field, shrinksTo: 6 },
    { title: 'here', value: ({ localValue }) => shortValue(localValue), shrinksTo: 8 },
    { title: 'at the tracker', value: ({ externalValue }) => shortValue(externalValue), shrinksTo: 8 },
  ];
  if (view !== 'open') {
    columns.push({
      title: 'settled',
      value: (conflict) => shown(settlement(conflict)),
      shrinksTo: 10,
      optional: 1,
    });
  }
  if (view !== 'settled') {
    columns.push({
      title: 'since',
      value: ({ detectedAt }) => look('dim', shortTime(detectedAt)),
      optional: 2,
    });
  }
  return table(conflicts, columns, width);
}

function settlement({ status, strategy, resolvedValue }: ConflictRecord): string {
  if (status === 'open') return 'no';
  return resolvedValue === undefined ? strategy : `${shortValue(resolvedValue, 30)} (${strategy})`;
}

/** One conflict with its whole values. */
export function conflictLines(conflict: ConflictRecord, width: number): Shown[] {
  const { id, issueRef, field, status, strategy, detectedAt, baseValue, localValue, externalValue } =
    conflict;
  const lines = [
    line`${look('bold', issueName(issueRef))}  ${field}  ${look(status === 'open' ? 'yellow' : 'green', status)}`,
    line`  ${look('dim', 'conflict   ')}${id}`,
    line`  ${look('dim', 'since      ')}${shortTime(detectedAt)}`,
    line`  ${look('dim', 'strategy   ')}${strategy}`,
  ];
  const part = (title: string, value: JsonValue | undefined): void => {
    if (value !== undefined) lines.push(...valueLines(title, value, width));
  };
  part('before', baseValue);
  part('here', localValue);
  part('at the tracker', externalValue);
  part('settled as', conflict.resolvedValue);
  return lines;
}
