import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Jobs } from '../src/open-jobs.ts';
import { DatabaseState } from '../src/shared-state.ts';
import { openTestJobs } from './support.ts';

let jobs: Jobs;

beforeAll(async () => {
  jobs = await openTestJobs();
}, 60_000);

afterAll(async () => {
  await jobs[Symbol.asyncDispose]();
});

const add = (before: unknown): { after: number; answer: number } => {
  const after = (typeof before === 'number' ? before : 0) + 1;
  return { after, answer: after };
};

describe('a shared document', () => {
  it('loses no change of several machines that change it at once', async () => {
    const machines = Array.from({ length: 5 }, () => new DatabaseState(jobs.db, jobs.schema));
    const answers = await Promise.all(
      machines.flatMap((machine) => Array.from({ length: 20 }, () => machine.update('count', add))),
    );
    expect(answers.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  });

  it('has the time of the database', async () => {
    const state = new DatabaseState(jobs.db, jobs.schema);
    const times = await Promise.all(
      ['one', 'two'].map((name) => state.update(name, (_, now) => ({ after: null, answer: now }))),
    );
    const { rows } = await jobs.db.executeSql(
      'SELECT (extract(epoch from clock_timestamp()) * 1000)::float8 AS now',
    );
    for (const time of times) expect(Math.abs(time - rows[0].now)).toBeLessThan(60_000);
  });

  it('that is damaged is begun anew', async () => {
    await jobs.db.executeSql(`INSERT INTO ${jobs.schema}.shared_state VALUES ('bad', '{"half', 1, now())`);
    const state = new DatabaseState(jobs.db, jobs.schema);
    expect(await state.update('bad', add)).toBe(1);
    expect(await state.update('bad', add)).toBe(2);
  });

  it('is forgotten once nobody changed it for two days', async () => {
    const state = new DatabaseState(jobs.db, jobs.schema);
    for (const name of ['old', 'new']) await state.update(name, add);
    await jobs.db.executeSql(
      `UPDATE ${jobs.schema}.shared_state SET updated_at = now() - interval '3 days' WHERE name = 'old'`,
    );
    await state.sweep();
    expect([await state.update('old', add), await state.update('new', add)]).toEqual([1, 2]);
  });

  it('a change that throws changes nothing, and the next one has its turn', async () => {
    const state = new DatabaseState(jobs.db, jobs.schema);
    await state.update('throws', add);
    const failing = state.update('throws', () => {
      throw new Error('no');
    });
    const next = state.update('throws', add);
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe(2);
  });
});
