import type { RunRecord } from '@spec-kitty/tracker-core';
import { amount, shortId, shortTime } from './names.ts';
import { folded, joined, line, look, type Shown, shown } from './shown.ts';
import { type Column, table } from './table.ts';

/** A run of the log, with the name of its binding. */
export interface LoggedRun extends RunRecord {
  /** Null where no binding of the config file is this one. */
  binding: string | null;
}

/** `3 created, 1 updated`; empty where there was nothing. */
export function issueCounts(stats: RunRecord['stats'], side: 'pulled' | 'pushed'): Shown {
  const made = (['Created', 'Updated', 'Deleted'] as const).map((kind): [string, number] => [
    kind.toLowerCase(),
    stats[`${side}${kind}`] ?? 0,
  ]);
  const some = made.filter(([, count]) => count > 0);
  return joined(
    some.map(([what, count]) => `${amount(count)} ${what}`),
    ', ',
  );
}

const unlessNone = (count: number): string => (count === 0 ? '' : amount(count));

const COLUMNS: readonly Column<LoggedRun>[] = [
  { title: 'run', value: ({ id }) => look('bold', shortId(id)) },
  { title: 'when', value: ({ startedAt }) => shortTime(startedAt) },
  { title: 'binding', value: ({ binding, bindingId }) => binding ?? bindingId, shrinksTo: 8, optional: 1 },
  { title: 'what', value: ({ operation }) => operation },
  { title: 'pulled', value: ({ stats }) => issueCounts(stats, 'pulled'), shrinksTo: 9 },
  { title: 'pushed', value: ({ stats }) => issueCounts(stats, 'pushed'), shrinksTo: 9 },
  { title: 'conflicts', value: ({ conflicts }) => unlessNone(conflicts), align: 'right', optional: 2 },
  { title: 'lost', value: ({ overrides }) => unlessNone(overrides), align: 'right' },
  { title: 'failed', value: ({ failures }) => look('red', unlessNone(failures.length)), align: 'right' },
];

export function runTable(runs: readonly LoggedRun[], width: number): Shown[] {
  return table(runs, COLUMNS, width);
}

/** One run with its failures. */
export function runLines(run: LoggedRun, width: number): Shown[] {
  const { id, binding, bindingId, operation, startedAt, finishedAt, stats, failures } = run;
  const made = (side: 'pulled' | 'pushed'): Shown => {
    const some = issueCounts(stats, side);
    return some.width === 0 ? line`nothing` : some;
  };
  return [
    line`${look('bold', binding ?? bindingId)}  ${operation}`,
    line`  ${look('dim', 'run         ')}${id}`,
    line`  ${look('dim', 'from        ')}${startedAt}`,
    line`  ${look('dim', 'to          ')}${finishedAt}`,
    line`  ${look('dim', 'brought in  ')}${made('pulled')}`,
    line`  ${look('dim', 'sent        ')}${made('pushed')}`,
    ...failures.flatMap(({ code, issue, message }) =>
      folded(
        line`  ${look('red', 'failed      ')}${issue === null ? line`` : line`${look('bold', issue)}: `}${shown(message)} ${look('dim', `[${code}]`)}`,
        width,
        ' '.repeat(14),
      ),
    ),
  ];
}
