import { type TrackerEvent, TrackerEventSchema } from '@spec-kitty/tracker-core';
import type { JobInsert } from 'pg-boss';
import { z } from 'zod';
import { type BindingName, bindingKey, type WorkerBinding, WorkerBindingSchema } from './binding.ts';
import { type Jobs, type JobsOptions, openJobs, QUEUES } from './open-jobs.ts';
import type { RunFailure } from './outcome.ts';
import { type BindingState, readStates, STATE_COLUMNS } from './rows.ts';
import { DatabaseState } from './shared-state.ts';

/** What is paused or resumed: a binding where it names one, else all that ask under one credential. */
export type PauseTarget = BindingName | { credential: string };

export interface BindingStatus extends WorkerBinding {
  /** `dead`: it failed in a way that only a person can mend; its reason is in `pausedReason`. */
  state: 'waiting' | 'running' | 'paused' | 'dead';
  pausedReason: string | null;
  lastStartedAt: string | null;
  lastEndedAt: string | null;
  lastSucceededAt: string | null;
  /** How the last run ended. */
  lastOutcome: string | null;
  /** How old what the store holds may be, in milliseconds: the time since the last run that ended well. */
  lagMs: number | null;
  /** Runs that failed in a row, and why the last one did. */
  failures: number;
  failure: RunFailure | null;
  openConflicts: number;
  nextRunAt: string | null;
}

/** Which bindings; all where nothing is said. */
export interface StatusQuery {
  tenant?: string;
  /** Those after this one, in the order of tenants and names. */
  after?: BindingName;
  /** Default 1,000. */
  limit?: number;
}

/** A process that takes jobs. */
export interface WorkerProcess {
  host: string;
  pid: number;
  startedAt: string;
}

/** A job that nobody will try again by itself. */
export interface DeadLetter {
  tenant: string;
  name: string;
  /** Which kind of job: a run, or events that could not be handed over. */
  queue: string;
  at: string;
  reason: string;
}

/** New bindings do not all begin at once. */
const FIRST_SPREAD_MS = 60_000;
const MAX_EVENTS = 1000;
const MAX_WORKERS = 1000;
const MAX_DEAD_LETTERS = 1000;

const DeadSchema = z.object({ tenant: z.string(), name: z.string() });
const ReasonSchema = z.object({ message: z.string() });

/** What a host does with its bindings from anywhere: it needs no worker in the same process. */
export class WorkerControl implements AsyncDisposable {
  readonly #jobs: Jobs;
  readonly #random: () => number;

  constructor(jobs: Jobs, random: () => number) {
    this.#jobs = jobs;
    this.#random = random;
  }

  /**
   * Makes bindings known, or changes what is known of them; each gets its first run within a minute. A worker opens
   * them anew for their next run. @throws ZodError where a name or an interval is none.
   */
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

  /** The run under way ends as it would; the store keeps what it holds. */
  async remove({ tenant, name }: BindingName): Promise<void> {
    const { db, schema } = this.#jobs;
    await db.executeSql(`DELETE FROM ${schema}.binding WHERE tenant = $1 AND name = $2`, [tenant, name]);
  }

  /** No new run begins; one that is under way ends within its slice of time. @returns how many bindings it concerns. */
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

  /** Also what is dead. A binding of a paused credential stays paused until that is resumed. @returns how many run again. */
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

  /** Syncs the binding as soon as a worker is free. @returns whether there is such a binding, and it is not paused. */
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

  /**
   * Hands webhook events over as a job; they are in the binding's inbox, and read, soon after. They are hints: one that
   * comes twice does nothing twice. At most 1,000 in a call. @throws ZodError
   */
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

  /** What is known of the bindings, in the order of tenants and names. */
  async status({ tenant, after, limit = 1000 }: StatusQuery = {}): Promise<BindingStatus[]> {
    const states = await this.#states(
      `WHERE ($1::text IS NULL OR b.tenant = $1) AND ($2::text IS NULL OR (b.tenant, b.name) > ($2, $3))
       ORDER BY b.tenant, b.name LIMIT $4`,
      [tenant ?? null, after?.tenant ?? null, after?.name ?? null, limit],
    );
    return states.map(statusOf);
  }

  /** Workers that gave a sign of life within a minute and a half, the oldest first. */
  async workers(): Promise<WorkerProcess[]> {
    const instances = await this.#jobs.boss.getInstances({ limit: MAX_WORKERS });
    return instances
      .filter(({ live, supervise }) => live && supervise)
      .map(({ host, pid, startedOn }) => ({ host, pid, startedAt: startedOn.toISOString() }))
      .sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  /** Jobs that were given up, the newest first; a thousand at most. */
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

  /** Gives the connections back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#jobs[Symbol.asyncDispose]();
  }

  #states(where: string, values: unknown[]): Promise<BindingState[]> {
    const { db, schema } = this.#jobs;
    return readStates(
      db,
      `SELECT ${STATE_COLUMNS} FROM ${schema}.binding b LEFT JOIN ${schema}.credential c ON c.name = b.credential ${where}`,
      values,
    );
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

/** For a process that runs no worker: a web server that takes webhooks, a command. */
export async function openWorkerControl(options: JobsOptions): Promise<WorkerControl> {
  return new WorkerControl(await openJobs(options, false), Math.random);
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
