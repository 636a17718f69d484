import type { WRAPS } from './broken-backends.ts';
import type { SourceChange } from './source-hooks.ts';

/** The engine with one of its rules taken out, in its sources or in the store below it. */
export interface Mutant {
  rule: string;
  changes?: SourceChange[];
  wrap?: keyof typeof WRAPS;
}

const change = (file: string, find: string, replace: string): { changes: SourceChange[] } => ({
  changes: [{ file: `core/src/${file}`, find, replace }],
});

export const MUTANTS: readonly Mutant[] = [
  { rule: 'an intent is recorded before a write', wrap: 'intentsNotRecorded' },
  { rule: 'the fencing number is checked in every commit', wrap: 'fenceNotChecked' },
  { rule: 'one engine at a time per binding', wrap: 'leaseIgnored' },
  { rule: 'what lost against an owner is reported', wrap: 'overridesNotRecorded' },
  { rule: 'bad and held-back issues are read again', wrap: 'rereadsNotKept' },
  { rule: 'a commit fails where a record has moved', wrap: 'stampsNotChecked' },
  { rule: 'a page and its cursor are one commit', wrap: 'cursorOutsideTransaction' },
  {
    rule: 'the answer to a write is merged, not taken as agreed',
    ...change(
      'sync/send-updates.ts',
      'return reconcile(noted, issue, openOf(open, record, run), context);',
      `const whole = agreementOf(noted, run.target);
       return outcomeOf(withAgreement(noted, { ...whole, ...reconcile(noted, issue, [], context).record.agreements[0], pair: { local: noted.issue, remote: issue } }));`,
    ),
  },
  {
    rule: 'agreed is the value that was sent, not the one that local holds at the answer',
    ...change(
      'sync/agree.ts',
      'const after = valueAt(sent.local, path);',
      'const after = valueAt(record.issue, path);',
    ),
  },
  {
    rule: 'the agreement is a pair: of a lossy field the answer is the remote half',
    ...change(
      'sync/agree.ts',
      'lossy ? valueAt(fieldsOf(answer), path) : sentValue',
      'false ? valueAt(fieldsOf(answer), path) : sentValue',
    ),
  },
  {
    rule: 'a listing looks back behind its watermark',
    ...change(
      'sync/pull.ts',
      'const back = Math.max(overlapMs ?? DEFAULT_OVERLAP_MS, lagMs + timeGranularityMs);',
      'const back = 0 * Math.max(overlapMs ?? DEFAULT_OVERLAP_MS, lagMs + timeGranularityMs);',
    ),
  },
  {
    rule: 'an open conflict guards its field',
    ...change(
      'sync/outgoing.ts',
      "if (open.has(path)) skip('conflict_open');",
      "if (open.has('')) skip('conflict_open');",
    ),
  },
  {
    rule: 'sets merge by element',
    ...change(
      'merge/merge-field.ts',
      'SET_FIELDS.has(state.path) ? mergeSet',
      "SET_FIELDS.has('') ? mergeSet",
    ),
  },
  {
    rule: 'a create with a value that the tracker owns is refused',
    ...change(
      'sync/outgoing.ts',
      'if (!policy.localCanWrite(path as PolicyField)) {',
      'if (policy === undefined) {',
    ),
  },
  {
    rule: 'an echo is known by the agreement, never by its time',
    ...change(
      'sync/ingest.ts',
      'if (isStale(agreement, issue, context.capabilities)) {',
      `if (!options.direct && agreement.writtenAt && Math.abs(Date.parse(context.now) - Date.parse(agreement.writtenAt)) < 2000) return;
       if (!options.direct && issue.updatedAt && agreement.remoteUpdatedAt && issue.updatedAt > agreement.remoteUpdatedAt && Date.parse(issue.updatedAt) - Date.parse(agreement.remoteUpdatedAt) < 2000) return;
       if (isStale(agreement, issue, context.capabilities)) {`,
    ),
  },
  {
    rule: 'absence proves nothing',
    ...change(
      'sync/pull.ts',
      'const answers = await readIssues(run, refs);',
      "const answers = refs.map(() => ({ kind: 'missing' }) as Awaited<ReturnType<typeof readIssues>>[number]);",
    ),
  },
  {
    rule: 'a stale read is ignored',
    ...change(
      'sync/agreement.ts',
      'return issue.updatedAt !== null && issue.updatedAt < remoteUpdatedAt;',
      "return issue.updatedAt === '' && issue.updatedAt < remoteUpdatedAt;",
    ),
  },
  {
    rule: 'what an update with a lost answer did is agreed as it was sent',
    ...change(
      'sync/settled-writes.ts',
      'const { record: agreed, unfound } = agreeAsFound(record, intent, remote, context);',
      'const { unfound } = agreeAsFound(record, intent, remote, context); const agreed = record;',
    ),
  },
  {
    rule: 'what a create writes by a later request may not be there where its answer was lost',
    ...change(
      'sync/agree.ts',
      'const later = differs && context.capabilities.fieldsAfterCreate?.includes(field);',
      "const later = differs && context.capabilities.fieldsAfterCreate?.join() === '';",
    ),
  },
  {
    rule: 'a decision is recorded in the pair',
    ...change(
      'sync/reconcile.ts',
      "this.#merge(path, { outcome: 'merged', local: chosen, baseLocal: agreed }, []);",
      'this.#issue = withValue(this.#issue, path, chosen); this.#taken = agreed === agreed;',
    ),
  },
  {
    rule: 'not found is believed only after the lag and the time-out',
    ...change(
      'sync/settle-intents.ts',
      'else if (mayStillHappen(run, intent) ||',
      "else if (run.target === '' ||",
    ),
  },
  {
    rule: 'the watermark moves only when a listing was read to its end',
    ...change(
      'sync/pull.ts',
      ': { ...row, listing, checkpoint: { ...row.checkpoint, cursor: next } };',
      ': { ...row, listing, checkpoint: { ...finished(run, row, listing).checkpoint, cursor: next } };',
    ),
  },
  {
    rule: 'the local side wins where it owns a field',
    ...change(
      'merge/merge-value.ts',
      "if (owner === 'local') return keepLocal(state);\n  if (!localChanged)",
      "if (path === '') return keepLocal(state);\n  if (!localChanged)",
    ),
  },
  {
    rule: 'a cursor that was refused is dropped',
    ...change(
      'sync/pull.ts',
      'const { cursor: _cursor, ...checkpoint } = row.checkpoint;\n  run.binding = { ...rest, checkpoint };',
      'const { ...checkpoint } = row.checkpoint;\n  run.binding = { ...row, checkpoint };',
    ),
  },
  {
    rule: 'an issue that is not found is gone only where its container can be read',
    ...change('sync/deletion.ts', 'run.shown = false;', 'run.shown = true;'),
  },
  {
    rule: 'a former ref goes on answering',
    ...change(
      'sync/agreement.ts',
      'if (!sameRef(old.ref, agreement.ref))',
      "if (old.target === '' && !sameRef(old.ref, agreement.ref))",
    ),
  },
  {
    rule: 'limits hold for what comes after the plan',
    ...change(
      'sync/plan.ts',
      'if (issues.size >= room[operation] &&',
      "if (identity === '' && issues.size >= room[operation] &&",
    ),
  },
  {
    rule: 'what is applied is what was planned',
    ...change(
      'sync/plan.ts',
      'allowed.has(keys.of(write)) ? undefined',
      "allowed.has(keys.of(write)) || message !== '' ? undefined",
    ),
  },
  {
    rule: 'planning writes nothing',
    ...change('sync/plan.ts', 'updateIssue: async (ref, patch, options) => update(ref, patch, options),', ''),
  },
  {
    rule: 'a deletion compares and sets',
    ...change(
      'sync/push-deletes.ts',
      'run.capabilities.supportsOptimisticConcurrency && issue.version',
      "run.target === '' && issue.version",
    ),
  },
];
