import {
  type CanonicalIssue,
  CORE_ISSUE_FIELDS,
  type ExternalRef,
  type FieldPath,
  type JsonValue,
  MemoryBackend,
  parseRefIdentity,
  RecordStore,
  recordWrite,
  refIdentity,
  type StoredRecord,
  sameValue,
  systemClock,
  valueAt,
} from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OpenBinding } from '../host/connect-binding.ts';
import type { CommandContext } from '../host/context.ts';
import { findIssue } from '../host/find-issue.ts';
import { type Host, openHost } from '../host/open-host.ts';
import { type FoundPairs, findPairs, namesOf, type Pair } from '../interchange/find-pairs.ts';
import { mayBeOne } from '../interchange/plan-line.ts';
import { reportOf } from '../output/error-view.ts';
import { amount, counted, issueName, shortValue } from '../output/names.ts';
import type { Printer } from '../output/printer.ts';
import { folded, line, look } from '../output/shown.ts';
import { type Column, table } from '../output/table.ts';

export interface LinkOptions {
  all?: boolean;
  yes?: boolean;
}

const MOST = 20;

/** Says of two issues that they are one: of two that are named, or of the certain ones of two bindings. */
export async function linkCommand(
  context: CommandContext,
  names: readonly string[],
  options: LinkOptions,
): Promise<ExitCode> {
  await using host = await openHost(context);
  const isBindings = names.every((name) => host.bindingNames.includes(name));
  const [first, second, ...others] = isBindings && names.length === 0 ? host.bindingNames : names;
  if (first === undefined || second === undefined || others.length > 0 || first === second) {
    throw new UsageError('name two bindings, or two issues', {
      code: 'pair_missing',
      fieldPath: 'ID',
      hint: `The bindings are: ${host.bindingNames.join(', ')}`,
    });
  }
  if (!isBindings) return await linkTwo(context, host, [first, second], options);
  return await linkBindings(context, host, [await host.binding(first), await host.binding(second)], options);
}

/** A field of which the two issues hold different values. */
interface Yield {
  field: string;
  kept: JsonValue;
  lost: JsonValue;
}

async function linkTwo(
  context: CommandContext,
  host: Host,
  [firstName, secondName]: readonly [string, string],
  { yes = false }: LinkOptions,
): Promise<ExitCode> {
  const { printer } = context;
  const [first, second] = [await findIssue(host.store, firstName), await findIssue(host.store, secondName)];
  const already = (await host.store.refsOf(first.ref)).some(
    (ref) => refIdentity(ref) === refIdentity(second.ref),
  );
  if (already) {
    printer.document({ linked: false, already: true, issue: first, yields: [] });
    printer.result(line`${issueName(first.ref)} and ${issueName(second.ref)} are one issue already`);
    return EXIT.done;
  }
  const { issue, refs } = await joinedIssue(host, first.ref, second.ref);
  const yields = yieldsOf(issue, second);
  const both = line`${look('bold', issueName(first.ref))} and ${look('bold', issueName(second.ref))}`;
  printer.results(folded(line`${both} as one issue: ${issue.title}`, printer.width));
  for (const ref of refs) printer.result(line`  ${look('dim', refIdentity(ref))}`);
  if (yields.length > 0) {
    printer.result();
    printer.results(table(yields, YIELD_COLUMNS, printer.width - 2).map((row) => line`  ${row}`));
    const then = 'the next sync settles what differs at the trackers; what yields here is in the log';
    printer.results(folded(look('dim', `  ${then}`), printer.width));
  }
  const linked = await agreed(context, yes, 'Link them? [y/N] ');
  if (linked) await host.store.linkRef(first.ref, second.ref);
  printer.document({ linked, already: false, issue, refs, yields });
  printer.result(linked ? line`Linked.` : line`Nothing was linked. ${look('cyan', '--yes')} links them.`);
  return EXIT.done;
}

const SETS: readonly string[] = ['assignees', 'labels', 'links'];

/** The second's values that the joined issue does not have. Sets unite. */
function yieldsOf(joined: CanonicalIssue, second: CanonicalIssue): Yield[] {
  const paths: FieldPath[] = Object.keys(second.customFields).map((key): FieldPath => `customFields.${key}`);
  for (const field of CORE_ISSUE_FIELDS)
    if (field !== 'customFields' && !SETS.includes(field)) paths.unshift(field);
  return paths.flatMap((field) => {
    const [kept, lost] = [valueAt(joined, field), valueAt(second, field)];
    const isLost = lost !== undefined && lost !== null && !sameValue(field, kept, lost);
    return isLost ? [{ field, kept: kept ?? null, lost }] : [];
  });
}

const YIELD_COLUMNS: readonly Column<Yield>[] = [
  { title: 'field', value: ({ field }) => field },
  { title: 'will be', value: ({ kept }) => shortValue(kept), shrinksTo: 12 },
  { title: 'instead of', value: ({ lost }) => shortValue(lost), shrinksTo: 12 },
];

/** Joined in a store of their own: what refuses them there refuses them here. */
async function joinedIssue(
  { store }: Host,
  first: ExternalRef,
  second: ExternalRef,
): Promise<{ issue: CanonicalIssue; refs: ExternalRef[] }> {
  await using trial = new RecordStore(new MemoryBackend(systemClock));
  for (const binding of await store.backend.bindings()) await trial.backend.commit({ binding });
  const entries = await store.backend.lookup([first, second].map(refIdentity));
  const records = await store.backend.load(entries.flatMap((entry) => entry?.recordId ?? []));
  for (const record of records) {
    if (record) await trial.backend.commit({ records: [recordWrite(record)] });
  }
  await trial.linkRef(first, second);
  const issue = await trial.getIssue(first);
  if (!issue) throw new UsageError('the issues cannot be joined', { code: 'link_refused', fieldPath: 'ID' });
  return { issue, refs: await trial.refsOf(first) };
}

async function linkBindings(
  context: CommandContext,
  host: Host,
  bindings: readonly [OpenBinding, OpenBinding],
  { all = false, yes = false }: LinkOptions,
): Promise<ExitCode> {
  const { printer, signal } = context;
  printer.status(line`looking for pairs`);
  const found = await candidates(host, bindings);
  printer.clearStatus();
  printPairs(printer, found, bindings);
  const wanted = (all || yes) && found.certain.length > 0;
  const question = `Link ${counted(found.certain.length, 'certain pair')}? [y/N] `;
  const linked: Pair[] = [];
  const failures: { first: string; second: string; code: string; message: string }[] = [];
  const takes = wanted && (await agreed(context, yes, question));
  for (const pair of takes ? found.certain : []) {
    if (signal.aborted) break;
    const { first, second } = pair;
    try {
      await host.store.linkRef(parseRefIdentity(first.identity), parseRefIdentity(second.identity));
      linked.push(pair);
    } catch (error) {
      const { code, message } = reportOf(error);
      failures.push({ first: first.identity, second: second.identity, code, message });
    }
  }
  printer.document({
    bindings: bindings.map(({ name }) => name),
    ...found,
    linked: linked.length,
    failures,
  });
  if (takes) printer.result(line`${counted(linked.length, 'pair')} linked`);
  else if (found.certain.length > 0) {
    const how = line`${look('cyan', '--all')} asks for the certain ones, ${look('cyan', '--yes')} takes them.`;
    printer.results(folded(line`Nothing was linked. ${how}`, printer.width));
  }
  for (const { first, second, message, code } of failures.slice(0, MOST))
    printer.note(
      line`${look('red', 'failed:')} ${first} and ${second}: ${message} ${look('dim', `[${code}]`)}`,
    );
  return failures.length > 0 || signal.aborted ? EXIT.failures : EXIT.done;
}

const PAGE = 200;

/** Issues that only one of the two bindings holds. */
async function candidates(
  { store }: Host,
  [one, other]: readonly [OpenBinding, OpenBinding],
): Promise<FoundPairs> {
  const firsts: NonNullable<ReturnType<typeof namesOf>>[] = [];
  const seconds: typeof firsts = [];
  const heldBy = (record: StoredRecord, { id }: OpenBinding): boolean =>
    record.agreements.some(({ target }) => mayBeOne(target, id));
  for (let after = 0; ; ) {
    const records = await store.backend.query({}, { after, limit: PAGE });
    for (const record of records) {
      const [mine, theirs] = [heldBy(record, one), heldBy(record, other)];
      if (mine === theirs) continue;
      const names = namesOf(record, (target) => mayBeOne(target, (mine ? one : other).id));
      if (names) (mine ? firsts : seconds).push(names);
    }
    const last = records.at(-1);
    if (!last || records.length < PAGE) return findPairs(firsts, seconds);
    after = last.id;
  }
}

function printPairs(
  printer: Printer,
  { certain, ambiguous, hints }: FoundPairs,
  [one, other]: readonly [OpenBinding, OpenBinding],
): void {
  const columns: readonly Column<Pair>[] = [
    { title: one.name, value: ({ first }) => look('bold', first.name), shrinksTo: 10 },
    { title: other.name, value: ({ second }) => look('bold', second.name), shrinksTo: 10 },
    { title: 'by', value: ({ reason }) => reason },
    { title: 'title', value: ({ first }) => first.title, shrinksTo: 12 },
    { title: 'other title', value: ({ second }) => second.title, shrinksTo: 12, optional: 1 },
  ];
  const lists: [string, Pair[]][] = [
    [`${counted(certain.length, 'certain pair')}`, certain],
    [
      `${counted(ambiguous.length, 'pair')} that would not be one to one: link what is right by id`,
      ambiguous,
    ],
    [
      `${counted(hints.length, 'pair')} with a mention or the same title alone: link what is right by id`,
      hints,
    ],
  ];
  for (const [title, pairs] of lists) {
    if (pairs.length === 0) continue;
    printer.results(folded(line`${title}`, printer.width));
    const rows = table(pairs.slice(0, MOST), columns, printer.width - 2);
    printer.results(rows.map((row) => line`  ${row}`));
    if (pairs.length > MOST)
      printer.result(look('dim', `  and ${amount(pairs.length - MOST)} more; --json has them all`));
    printer.result();
  }
  if (certain.length + ambiguous.length + hints.length === 0)
    printer.result(line`No issue of ${one.name} seems to be one of ${other.name}.`);
}

/** By a person on a terminal, or by --yes; nowhere else. */
async function agreed({ io, signal }: CommandContext, yes: boolean, question: string): Promise<boolean> {
  if (yes) return true;
  const answer = await io.ask?.(question, signal);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}
