import { type StoredRecord, unpackRecord } from '@spec-kitty/tracker-core';
import { damaged } from './errors.ts';
import { looksLike, type Shape } from './stored-shapes.ts';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Cheap on purpose: it runs for every record read. It tells a damaged row from a record, not a good one from a bad. */
function looksLikeRecord(record: StoredRecord): boolean {
  const { issue, agreements, aliases, fieldTimes, revision } = record;
  return (
    typeof revision === 'number' &&
    typeof issue.title === 'string' &&
    isObject(issue.ref) &&
    Array.isArray(issue.assignees) &&
    Array.isArray(issue.labels) &&
    Array.isArray(issue.links) &&
    isObject(issue.customFields) &&
    agreements.length > 0 &&
    agreements.every(({ ref, target }) => isObject(ref) && typeof target === 'string') &&
    isObject(aliases) &&
    isObject(fieldTimes)
  );
}

/** @throws StoreError naming the record where the text is none. */
export function readRecord(place: string, id: number, row: { stamp: number; text: string }): StoredRecord {
  const what = `record ${id}`;
  let record: StoredRecord;
  try {
    record = unpackRecord(id, row.stamp, row.text);
    if (looksLikeRecord(record)) return record;
  } catch (error) {
    throw damaged(place, what, error);
  }
  throw damaged(place, what);
}

/** @throws StoreError naming what it is where the text is no JSON object of that shape. */
export function readObject<T>(place: string, what: string, text: string, shape: Shape<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(place, what, error);
  }
  if (!looksLike(shape, value)) throw damaged(place, what);
  return value;
}
