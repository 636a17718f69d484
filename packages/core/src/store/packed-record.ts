import { CORE_ISSUE_FIELDS, type IssueFields } from '../model/issue.ts';
import { fieldsOf } from '../model/snapshot.ts';
import type { Agreement, StoredRecord } from './records.ts';

type Content = Omit<StoredRecord, 'id' | 'stamp'>;
type Delta = Partial<IssueFields>;

/** An agreement without what the record around it says: each part is there where it differs. */
interface PackedAgreement extends Omit<Agreement, 'ref' | 'pair' | 'remoteUpdatedAt'> {
  ref?: Agreement['ref'];
  remoteUpdatedAt?: string | null;
  /** The local half against the issue, the remote half against the local one. */
  pair?: { local?: Delta; remote?: Delta };
}

interface PackedRecord extends Omit<Content, 'agreements' | 'aliases' | 'fieldTimes'> {
  agreements: PackedAgreement[];
  aliases?: Content['aliases'];
  fieldTimes?: Content['fieldTimes'];
}

/** The fields of `fields` that are not the same data as in `base`; undefined where all are. */
function deltaOf(fields: IssueFields, base: IssueFields): Delta | undefined {
  let delta: Record<string, unknown> | undefined;
  for (const field of CORE_ISSUE_FIELDS) {
    const value = fields[field];
    if (value === base[field] || JSON.stringify(value) === JSON.stringify(base[field])) continue;
    delta ??= {};
    delta[field] = value;
  }
  return delta;
}

const isNotEmpty = (map: object): boolean => Object.keys(map).length > 0;

/**
 * A record as text. The halves of an agreement mostly hold what the issue holds, and most records have one agreement
 * under their own ref: only what differs is written.
 */
export function packRecord(record: Content): string {
  const { raw: _raw, ...issue } = record.issue;
  const agreements = record.agreements.map(({ ref, remoteUpdatedAt, pair, ...rest }): PackedAgreement => {
    const packed: PackedAgreement = rest;
    if (ref !== issue.ref && JSON.stringify(ref) !== JSON.stringify(issue.ref)) packed.ref = ref;
    if (remoteUpdatedAt !== issue.updatedAt) packed.remoteUpdatedAt = remoteUpdatedAt ?? null;
    if (pair) {
      const local = deltaOf(pair.local, issue);
      const remote = deltaOf(pair.remote, pair.local);
      packed.pair = { ...(local && { local }), ...(remote && { remote }) };
    }
    return packed;
  });
  const { aliases, fieldTimes, ...rest } = record;
  const packed: PackedRecord = { ...rest, issue, agreements };
  if (isNotEmpty(aliases)) packed.aliases = aliases;
  if (isNotEmpty(fieldTimes)) packed.fieldTimes = fieldTimes;
  return JSON.stringify(packed);
}

/** The inverse of {@link packRecord}. The text must come from it. */
export function unpackRecord(id: number, stamp: number, text: string): StoredRecord {
  const { aliases = {}, fieldTimes = {}, ...packed } = JSON.parse(text) as PackedRecord;
  const whole = fieldsOf(packed.issue);
  const { ref: ownRef, updatedAt } = packed.issue;
  const agreements = packed.agreements.map(
    ({ ref = ownRef, remoteUpdatedAt = updatedAt, pair, ...rest }): Agreement => {
      const agreement: Agreement = { ref, ...rest };
      if (remoteUpdatedAt !== null) agreement.remoteUpdatedAt = remoteUpdatedAt;
      if (pair) {
        const local = { ...whole, ...pair.local };
        agreement.pair = { local, remote: { ...local, ...pair.remote } };
      }
      return agreement;
    },
  );
  return { ...packed, id, stamp, agreements, aliases, fieldTimes };
}
