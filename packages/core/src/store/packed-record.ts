import { CORE_ISSUE_FIELDS, type IssueFields } from '../model/issue.ts';
import { fieldsOf } from '../model/snapshot.ts';
import type { Agreement, StoredRecord } from './records.ts';

type Content = Omit<StoredRecord, 'id' | 'stamp'>;
type Delta = Partial<IssueFields>;
type PackedAgreement = Omit<Agreement, 'pair'> & { pair?: { local: Delta; remote: Delta } };

/** The fields of `fields` that are not the same data as in `base`. */
function deltaOf(fields: IssueFields, base: IssueFields): Delta {
  const delta: Record<string, unknown> = {};
  for (const field of CORE_ISSUE_FIELDS) {
    const value = fields[field];
    if (value !== base[field] && JSON.stringify(value) !== JSON.stringify(base[field])) delta[field] = value;
  }
  return delta;
}

/**
 * A record as text. The halves of an agreement mostly hold what the issue holds, so only what differs is written:
 * the local half against the issue, the remote half against the local one.
 */
export function packRecord(record: Content): string {
  const { raw: _raw, ...issue } = record.issue;
  const agreements = record.agreements.map(({ pair, ...rest }): PackedAgreement => {
    if (!pair) return rest;
    return {
      ...rest,
      pair: { local: deltaOf(pair.local, record.issue), remote: deltaOf(pair.remote, pair.local) },
    };
  });
  return JSON.stringify({ ...record, issue, agreements });
}

/** The inverse of {@link packRecord}. The text must come from it. */
export function unpackRecord(id: number, stamp: number, text: string): StoredRecord {
  const packed = JSON.parse(text) as Omit<Content, 'agreements'> & { agreements: PackedAgreement[] };
  const whole = fieldsOf(packed.issue);
  const agreements = packed.agreements.map(({ pair, ...rest }): Agreement => {
    if (!pair) return rest;
    const local = { ...whole, ...pair.local };
    return { ...rest, pair: { local, remote: { ...local, ...pair.remote } } };
  });
  return { ...packed, id, stamp, agreements };
}
