import type { OverrideRecord } from '@spec-kitty/tracker-core';
import { issueName, shortId, shortTime, shortValue } from './names.ts';
import { folded, line, look, type Shown } from './shown.ts';
import { type Column, table } from './table.ts';
import { valueLines } from './value-lines.ts';

/** An override of the log, with what the store knows of its issue now. */
export interface LoggedOverride extends OverrideRecord {
  /** Null where no binding of the config file is the override's. */
  binding: string | null;
  /** Null where the store has the issue no more. */
  title: string | null;
}

const SIDES = { local: 'here', external: 'at the tracker' } as const;
const OTHER = { local: 'external', external: 'local' } as const;

/** What a report of a run shows of an override. */
export const OVERRIDE_COLUMNS: readonly Column<OverrideRecord>[] = [
  { title: 'issue', value: ({ issueRef }) => issueName(issueRef), shrinksTo: 10 },
  { title: 'field', value: ({ field }) => field, shrinksTo: 8 },
  { title: 'lost', value: ({ lostValue }) => shortValue(lostValue), shrinksTo: 12 },
  { title: 'kept', value: ({ keptValue }) => shortValue(keptValue), shrinksTo: 10, optional: 1 },
];

const COLUMNS: readonly Column<LoggedOverride>[] = [
  { title: 'override', value: ({ id }) => look('bold', shortId(id)) },
  ...OVERRIDE_COLUMNS,
  { title: 'won', value: ({ kept }) => (kept === 'local' ? 'here' : 'tracker'), optional: 2 },
  { title: 'title', value: ({ title }) => title ?? '', shrinksTo: 12, optional: 3 },
  { title: 'when', value: ({ at }) => look('dim', shortTime(at)), optional: 4 },
  { title: 'binding', value: ({ binding, bindingId }) => binding ?? bindingId, shrinksTo: 8, optional: 5 },
];

/** One override a line. */
export function overrideTable(overrides: readonly LoggedOverride[], width: number): Shown[] {
  return table(overrides, COLUMNS, width);
}

/** One override with its whole values. */
export function overrideLines(override: LoggedOverride, width: number): Shown[] {
  const { id, binding, bindingId, issueRef, title, field, kept, keptValue, lostValue, at } = override;
  // Two issues were linked: no tracker had a part in it.
  const linked = bindingId === '';
  const lost = linked ? 'of the issue that was linked' : `that was ${SIDES[OTHER[kept]]}`;
  return [
    ...folded(line`${look('bold', issueName(issueRef))}  ${title ?? ''}`, width),
    line`  ${look('dim', 'override ')}${id}`,
    line`  ${look('dim', 'field    ')}${field}`,
    line`  ${look('dim', 'when     ')}${at}`,
    ...(linked ? [] : [line`  ${look('dim', 'binding  ')}${binding ?? bindingId}`]),
    ...valueLines(`lost: the value ${lost}`, lostValue, width),
    ...valueLines(`kept: the value that was ${SIDES[kept]}`, keptValue, width),
  ];
}
