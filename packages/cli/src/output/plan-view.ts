import {
  JsonValueSchema,
  type PlannedChange,
  type PlannedWrite,
  type SyncPlan,
} from '@spec-kitty/tracker-core';
import { amount, counted, issueName, shortValue } from './names.ts';
import type { Printer } from './printer.ts';
import { joined, line, look, type Shown, shown } from './shown.ts';
import { type Column, table } from './table.ts';

export interface PlanViewOptions {
  /** Rows of each list. */
  most: number;
  /** On stderr, since it is part of a question. */
  asNote?: boolean;
}

/** What a sync would do: the tracker first, then the store. */
export function printPlan(printer: Printer, binding: string, plan: SyncPlan, options: PlanViewOptions): void {
  const { writes, changes, counts } = plan;
  const print = (text: Shown): void => (options.asNote ? printer.note(text) : printer.result(text));
  const width = (options.asNote ? printer.errorWidth : printer.width) - 2;
  const list = (lines: readonly Shown[], total: number): void => {
    for (const each of lines) print(line`  ${each}`);
    if (total > options.most) print(look('dim', `  and ${amount(total - options.most)} more`));
  };
  const sent = `${counted(counts.creates, 'create')}, ${counted(counts.updates, 'update')}, ${counted(counts.deletes, 'delete')}`;
  print(line`${look('bold', binding)}  to the tracker: ${writes.length === 0 ? 'nothing' : sent}`);
  if (writes.length > 0) list(table(writes.slice(0, options.most), WRITE_COLUMNS, width), writes.length);
  print(
    line`${look('bold', binding)}  to the store: ${changes.length === 0 ? 'nothing' : changeCounts(changes)}`,
  );
  if (changes.length > 0) list(table(changes.slice(0, options.most), CHANGE_COLUMNS, width), changes.length);
}

function changeCounts(changes: readonly PlannedChange[]): Shown {
  const kinds = ['create', 'update', 'delete'] as const;
  const groups = kinds.map((kind) => [kind, changes.filter(({ change }) => change === kind).length] as const);
  return joined(
    groups.filter(([, count]) => count > 0).map(([kind, count]) => counted(count, kind)),
    ', ',
  );
}

const WRITE_COLUMNS: readonly Column<PlannedWrite>[] = [
  {
    title: 'what',
    value: (write) => (write.operation === 'link' && write.remove ? 'unlink' : write.operation),
  },
  { title: 'issue', value: plannedName, shrinksTo: 8 },
  { title: 'how', value: (write) => howOf(write), shrinksTo: 16 },
];

/** What is yet to be created has no name at the tracker. */
function plannedName(write: PlannedWrite): Shown {
  return write.operation === 'create' ? look('dim', 'new') : shown(issueName(write.issueRef));
}

function howOf(write: PlannedWrite): string {
  switch (write.operation) {
    case 'create':
      return write.issue.title;
    case 'update':
      return Object.entries(write.patch)
        .map(([field, value]) => `${field}: ${shortValue(JsonValueSchema.parse(value), 40)}`)
        .join('; ');
    case 'link':
      return `${write.link.type} ${issueName(write.link.target)}`;
    case 'delete':
      return '';
  }
}

const CHANGE_COLUMNS: readonly Column<PlannedChange>[] = [
  { title: 'what', value: ({ change }) => change },
  { title: 'issue', value: ({ issueRef }) => issueName(issueRef), shrinksTo: 8 },
  { title: 'fields', value: ({ fields }) => fields.join(', '), shrinksTo: 16 },
];
