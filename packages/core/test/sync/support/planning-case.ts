import fc from 'fast-check';
import type { CanonicalIssue, ExternalRef, IssueFields, JsonValue } from '../../../src/index.ts';
import { type FieldPath, fieldsOf, valueAt } from '../../../src/model/snapshot.ts';
import type { Agreement, StoredConflict, StoredRecord } from '../../../src/store/records.ts';
import { type Outcome, rawRemote } from '../../../src/sync/agreement.ts';
import { refusal } from '../../../src/sync/outgoing.ts';
import { reconcile } from '../../../src/sync/reconcile.ts';
import type { Translator } from '../../../src/sync/translator.ts';
import {
  contextOf,
  ELSEWHERE,
  FIRST_REF,
  ISSUE,
  KEYS,
  NOW,
  PATHS,
  type Place,
  type Setting,
  settings,
  TARGET,
  TIMES,
  TRACKER,
} from './settings.ts';
import { stillOpen } from './sides.ts';

/** A record, what the tracker holds, and everything that planning is given besides. Frozen to the depth. */
export interface PlanningCase {
  setting: Setting;
  record: StoredRecord;
  remote: CanonicalIssue;
  open: StoredConflict[];
}

/** Values in the terms of one place. */
function valuesOf(place: Place, people: string[]): Record<string, fc.Arbitrary<JsonValue>> {
  const target = fc.constantFrom('1', '2', '3').map((id) => ({ ...place, id }));
  const link = fc.record({ type: fc.constantFrom('blocks', 'relates_to'), target });
  return {
    title: fc.constantFrom('a', 'b', 'c', 'c ', 'a long title'),
    body: fc.constantFrom(null, '', 'x', 'y\r\nz', 'y\nz\n', 'a long body'),
    status: fc.constantFrom('todo', 'done', 'blocked'),
    issueType: fc.constantFrom('task', 'bug'),
    priority: fc.constantFrom(null, 0, 2),
    assignees: fc.uniqueArray(fc.constantFrom(...people), { maxLength: 3 }),
    labels: fc.uniqueArray(fc.constantFrom('Bug', 'bug', 'a', 'b', 'a long label'), { maxLength: 3 }),
    parent: fc.option(target),
    links: fc.uniqueArray(link, { selector: (value) => JSON.stringify(value), maxLength: 3 }),
  };
}
const customFields = fc.dictionary(
  fc.constantFrom(...KEYS),
  fc.constantFrom<JsonValue>(1, 'v', 'w', null, { k: [1] }),
);
const HERE_VALUES = valuesOf(ELSEWHERE, ['e1', 'e2', 'e9']);
// `t9` has no name elsewhere, nor has `e9` here.
const THERE_VALUES = valuesOf(TRACKER, ['t1', 't2', 't9']);

/** A change of some fields, by core field. */
function changes(local: boolean, { home }: Setting): fc.Arbitrary<Record<string, JsonValue>> {
  const values = home || !local ? THERE_VALUES : HERE_VALUES;
  return fc.record({ ...values, customFields }, { requiredKeys: [] }) as fc.Arbitrary<
    Record<string, JsonValue>
  >;
}

const BLANK: IssueFields = {
  title: 'blank',
  body: null,
  status: 'todo',
  issueType: 'task',
  priority: null,
  assignees: [],
  labels: [],
  parent: null,
  links: [],
  customFields: {},
};

/** What a record holds, in the tracker's terms; what has no name there is left out. */
function outward(
  record: Pick<StoredRecord, 'issue'>,
  fields: IssueFields,
  translator: Translator,
): IssueFields {
  return {
    ...fieldsOf(fields),
    assignees: fields.assignees.flatMap((id) => translator.toRemotePerson(record, id) ?? []),
    parent: (fields.parent && translator.toRemoteRef(fields.parent)) ?? null,
    links: fields.links.flatMap((link) => translator.toRemoteLink(link) ?? []),
  };
}

export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}

export interface CaseOptions {
  /** Whether some fields may not have met, conflicts stand open, and refusals stand. Default true. */
  troubled?: boolean;
  settings?: fc.Arbitrary<Setting>;
}

const few = fc.uniqueArray(fc.constantFrom(...PATHS), { maxLength: 2 });
const rarely = <T>(value: fc.Arbitrary<T>, otherwise: T): fc.Arbitrary<T> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(otherwise) }, { weight: 1, arbitrary: value });

export function planningCases(options: CaseOptions = {}): fc.Arbitrary<PlanningCase> {
  const { troubled = true } = options;
  const trouble = troubled ? few : fc.constant<FieldPath[]>([]);
  return (options.settings ?? settings).chain((setting) =>
    fc
      .record({
        base: changes(true, setting),
        halves: rarely(changes(false, setting), {}),
        local: changes(true, setting),
        remote: changes(false, setting),
        met: troubled ? fc.nat(5).map((n) => n > 0) : fc.constant(true),
        unmet: rarely(trouble, []),
        opened: rarely(trouble, []),
        refused: rarely(trouble, []),
        refusalStands: fc.boolean(),
        fieldTimes: fc.dictionary(fc.constantFrom<string>(...PATHS), fc.constantFrom(...TIMES)),
        updatedAt: fc.constantFrom(...TIMES),
        versions: fc.boolean(),
      })
      .map((drawn) => frozen(assemble(setting, drawn))),
  );
}

interface Drawn {
  base: Record<string, JsonValue>;
  halves: Record<string, JsonValue>;
  local: Record<string, JsonValue>;
  remote: Record<string, JsonValue>;
  met: boolean;
  unmet: FieldPath[];
  opened: FieldPath[];
  refused: FieldPath[];
  refusalStands: boolean;
  fieldTimes: Record<string, string>;
  updatedAt: string;
  versions: boolean;
}

function assemble(setting: Setting, drawn: Drawn): PlanningCase {
  const context = contextOf(setting);
  const { translator } = context;
  const first: ExternalRef = setting.home ? ISSUE : FIRST_REF;
  const dates = { createdAt: TIMES[0] ?? null, updatedAt: TIMES[0] ?? null };
  const base: IssueFields = { ...BLANK, ...drawn.base };
  const issue: CanonicalIssue = { ...base, ...drawn.local, ref: first, ...dates };
  const before: IssueFields = { ...outward({ issue }, base, translator), ...drawn.halves };
  const remote: CanonicalIssue = { ...before, ...drawn.remote, ref: ISSUE, ...dates };
  remote.updatedAt = drawn.updatedAt;
  if (drawn.versions) remote.version = '2';
  const agreement: Agreement = { ref: ISSUE, target: TARGET };
  if (drawn.met) {
    agreement.pair = { local: base, remote: rawRemote({ issue }, before, translator) };
    agreement.remoteUpdatedAt = TIMES[0] ?? '';
    if (drawn.versions) agreement.version = '1';
    if (drawn.unmet.length > 0) agreement.unmet = [...drawn.unmet].sort();
  }
  const elsewhere: Agreement = {
    ref: FIRST_REF,
    target: 'elsewhere:w:',
    pair: { local: base, remote: base },
  };
  const record: StoredRecord = {
    id: 1,
    stamp: 1,
    revision: 1,
    issue,
    agreements: setting.home ? [agreement] : [elsewhere, agreement],
    aliases: {},
    fieldTimes: drawn.fieldTimes,
  };
  if (drawn.met && drawn.refused.length > 0) {
    const known = drawn.refusalStands ? context : { ...context, configuration: 'an earlier one' };
    agreement.refused = Object.fromEntries(
      drawn.refused.map((path) => [path, refusal(record, path, 'no', known)]),
    );
  }
  const held = translator.inbound(record, rawRemote(record, remote, translator));
  const opened = drawn.met ? drawn.opened : [];
  const open = opened.map(
    (path, index): StoredConflict => ({
      id: `open${index}`,
      issueRef: ISSUE,
      field: path,
      localValue: valueAt(issue, path) ?? null,
      externalValue: valueAt(drawn.versions ? held : base, path) ?? null,
      strategy: 'manual_review',
      status: 'open',
      detectedAt: NOW,
      recordId: record.id,
      bindingId: context.bindingId,
      target: TARGET,
    }),
  );
  return { setting, record, remote, open };
}

/** One step of planning over a case. */
export const reconciled = ({ setting, record, remote, open }: PlanningCase): Outcome =>
  frozen(reconcile(record, remote, open, contextOf(setting)));

/** The state after a step. */
export const after = (of: PlanningCase, outcome: Outcome): PlanningCase => ({
  ...of,
  record: outcome.record,
  open: stillOpen(of.open, outcome.conflicts),
});
