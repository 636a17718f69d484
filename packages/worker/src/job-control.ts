import { type TrackerEvent, TrackerEventSchema } from '@spec-kitty/tracker-core';
import type { JobInsert } from 'pg-boss';
import { z } from 'zod';
import { type BindingName, bindingKey, type WorkerBinding, WorkerBindingSchema } from './binding.ts';
import type {
  BindingStatus,
  DeadLetter,
  PauseTarget,
  StatusQuery,
  WorkerControl,
  WorkerProcess,
} from './control.ts';
import { type Jobs, QUEUES } from './open-jobs.ts';
import { type BindingState, selectStates } from './rows.ts';
import { DatabaseState } from './shared-state.ts';

/** New bindings do not all begin at once. */
const FIRST_SPREAD_MS = 60_000;
const MAX_EVENTS = 1000;
const MAX_WORKERS = 1000;
const MAX_DEAD_LETTERS = 1000;

const DeadSchema = z.object({ tenant: z.string(), name: z.string() });
const ReasonSchema = z.object({ message: z.string() });

/** What is done with bindings, by their rows and jobs. */
export class JobControl implements WorkerControl {
  readonly #jobs: Jobs;
  readonly #random: () => number;

  constructor(jobs: Jobs, random: () => number) {
    this.#jobs = jobs;
    this.#random = random;
  }

  async put(bindings: readonly WorkerBinding[]): Promise<void> {
    const { db, schema } = this.#jobs;
    const parsed = z.array(WorkerBindingSchema).parse(bindings);
    const rows = JSON.stringify(parsed);
    await db.executeSql(
      `WITH given AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS given(tenant text, name text, credential text, "everyMs" bigint)
       ), credentials AS (
         INSERT INTO ${schema}.credential (name) SELECT DISTINCT credential FROM given ORDER BY 1 ON CONFLICT DO NOTHING
       )
       INSERT INTO ${schema}.binding AS b (tenant, name, credential, every_ms)
       SELECT tenant, name, credential, "everyMs" FROM given ORDER BY 1, 2
       ON CONFLICT (tenant, name) DO UPDATE SET credential = excluded.credential, every_ms = excluded.every_ms,
         revision = b.revision + 1, due_at = least(b.due_at, now() + excluded.every_ms * interval '1 millisecond')`,
      [rows],
    );
    const states = await this.#states(
      `WHERE (b.tenant, b.name) IN (
         SELECT tenant, name FROM jsonb_to_recordset($1::jsonb) AS given(tenant text, name text))`,
      [rows],
    );
    await this.#enqueue(states.filter((state) => !isPaused(state)));
  }

  async remove({ tenant, name }: BindingName): Promise<void> {
    const { db, schema } = this.#jobs;
    await db.executeSql(`DELETE FROM ${schema}.binding WHERE tenant = $1 AND name = $2`, [tenant, name]);
  }

  async pause(target: PauseTarget, reason: string): Promise<number> {
    const { db, schema } = this.#jobs;
    if (!('tenant' in target)) {
      await db.executeSql(
        `INSERT INTO ${schema}.credential VALUES ($1, now(), $2)
         ON CONFLICT (name) DO UPDATE SET paused_at = now(), paused_reason = $2`,
        [target.credential, reason],
      );
      return (await this.#states('WHERE b.credential = $1', [target.credential])).length;
    }
    const { rows } = await db.executeSql(
      `UPDATE ${schema}.binding SET paused_at = now(), paused_reason = $3 WHERE tenant = $1 AND name = $2 RETURNING 1`,
      [target.tenant, target.name, reason],
    );
    return rows.length;
  }

  async resume(target: PauseTarget): Promise<number> {
    const { db, schema } = this.#jobs;
    if (!('tenant' in target)) {
      await db.executeSql(
        `UPDATE ${schema}.credential SET paused_at = NULL, paused_reason = NULL WHERE name = $1`,
        [target.credential],
      );
      await db.executeSql(`UPDATE ${schema}.binding SET failures = 0 WHERE credential = $1`, [
        target.credential,
      ]);
    } else {
      await db.executeSql(
        `UPDATE ${schema}.binding SET paused_at = NULL, paused_reason = NULL, dead = false, failures = 0
         WHERE tenant = $1 AND name = $2`,
        [target.tenant, target.name],
      );
    }
    const [where, values] =
      'tenant' in target
        ? ['WHERE b.tenant = $1 AND b.name = $2', [target.tenant, target.name]]
        : ['WHERE b.credential = $1', [target.credential]];
    const runs = (await this.#states(where, values)).filter((state) => !isPaused(state));
    await this.#enqueue(runs);
    return runs.length;
  }

  async runNow({ tenant, name }: BindingName): Promise<boolean> {
    const { db, schema } = this.#jobs;
    await db.executeSql(
      `UPDATE ${schema}.binding SET due_at = clock_timestamp(), next_at = clock_timestamp() WHERE tenant = $1 AND name = $2`,
      [tenant, name],
    );
    const [state] = await this.#states('WHERE b.tenant = $1 AND b.name = $2', [tenant, name]);
    if (!state || isPaused(state)) return false;
    await this.wake(state);
    return true;
  }

  async deliver({ tenant, name }: BindingName, events: readonly TrackerEvent[]): Promise<void> {
    const parsed = z.array(TrackerEventSchema).max(MAX_EVENTS).parse(events);
    if (parsed.length === 0) return;
    await this.#jobs.boss.send(QUEUES.events, { tenant, name, events: parsed }, { group: { id: tenant } });
  }

  /** The binding's waiting run is brought forward, or one is made. */
  async wake(binding: BindingName): Promise<void> {
    const { tenant, name } = binding;
    await this.#jobs.boss.upsert(
      QUEUES.run,
      { tenant, name },
      // In no time, by the database's clock.
      { singletonKey: bindingKey(binding), group: { id: tenant }, startAfter: 0 },
    );
  }

  async status({ tenant, after, limit = 1000 }: StatusQuery = {}): Promise<BindingStatus[]> {
    const states = await this.#states(
      `WHERE ($1::text IS NULL OR b.tenant = $1) AND ($2::text IS NULL OR (b.tenant, b.name) > ($2, $3))
       ORDER BY b.tenant, b.name LIMIT $4`,
      [tenant ?? null, after?.tenant ?? null, after?.name ?? null, limit],
    );
    return states.map(statusOf);
  }

  async workers(): Promise<WorkerProcess[]> {
    const instances = await this.#jobs.boss.getInstances({ limit: MAX_WORKERS });
    return instances
      .filter(({ live, supervise }) => live && supervise)
      .map(({ host, pid, startedOn }) => ({ host, pid, startedAt: startedOn.toISOString() }))
      .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  async deadLetters(): Promise<DeadLetter[]> {
    const jobs = await this.#jobs.boss.findJobs(QUEUES.dead, { limit: MAX_DEAD_LETTERS });
    return jobs
      .flatMap((job) => {
        const data = DeadSchema.safeParse(job.data).data;
        if (!data) return [];
        const reason =
          ReasonSchema.safeParse(job.sourceOutput).data?.message ?? 'its worker died again and again';
        return [{ ...data, queue: job.sourceName ?? QUEUES.run, at: job.createdOn.toISOString(), reason }];
      })
      .sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  /** Bindings that should have run and for which nothing waits, whatever took their job away, run again. */
  async sweep(): Promise<void> {
    const { db, schema } = this.#jobs;
    await new DatabaseState(db, schema).sweep();
    await this.#enqueue(
      await this.#states(
        `WHERE b.paused_at IS NULL AND c.paused_at IS NULL AND coalesce(b.next_at, b.due_at) < now() - interval '2 minutes'
           AND (b.started_at IS NULL OR b.ended_at >= b.started_at OR b.started_at < now() - interval '1 hour')
         ORDER BY b.next_at LIMIT 1000`,
        [],
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#jobs[Symbol.asyncDispose]();
  }

  #states(where: string, values: unknown[]): Promise<BindingState[]> {
    const { db, schema } = this.#jobs;
    return selectStates(db, schema, where, values);
  }

  async #enqueue(states: readonly BindingState[]): Promise<void> {
    if (states.length === 0) return;
    const jobs = states.map(
      ({ tenant, name, everyMs, nextAt, readAt }): JobInsert => ({
        data: { tenant, name },
        singletonKey: bindingKey({ tenant, name }),
        group: { id: tenant },
        startAfter: new Date(
          nextAt !== null && nextAt > readAt
            ? nextAt
            : readAt + Math.floor(this.#random() * Math.min(everyMs, FIRST_SPREAD_MS)),
        ),
      }),
    );
    await this.#jobs.boss.insert(QUEUES.run, jobs);
  }
}

export function isPaused({ pausedAt, credentialPausedAt }: BindingState): boolean {
  return pausedAt !== null || credentialPausedAt !== null;
}

function statusOf(state: BindingState): BindingStatus {
  const { tenant, name, credential, everyMs, readAt, startedAt, endedAt, succeededAt, dueAt, nextAt } = state;
  const running = startedAt !== null && (endedAt === null || endedAt < startedAt);
  const stopped = isPaused(state);
  const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
  return {
    tenant,
    name,
    credential,
    everyMs,
    state: state.dead ? 'dead' : stopped ? 'paused' : running ? 'running' : 'waiting',
    pausedReason: state.pausedReason ?? state.credentialPausedReason,
    lastStartedAt: iso(startedAt),
    lastEndedAt: iso(endedAt),
    lastSucceededAt: iso(succeededAt),
    lastOutcome: state.outcome,
    lagMs: succeededAt === null ? null : Math.max(0, Math.round(readAt - succeededAt)),
    failures: state.failures,
    failure: state.failure,
    openConflicts: state.openConflicts,
    nextRunAt: stopped ? null : iso(nextAt ?? dueAt),
  };
}
