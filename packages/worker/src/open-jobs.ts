import { ConnectorConfigError, silentLogger } from '@spec-kitty/tracker-core';
import { type Db, PgBoss } from 'pg-boss';
import { migrate, type Schema } from './migrate.ts';
import type { JobsOptions } from './options.ts';

export const QUEUES = { run: 'run', events: 'events', dead: 'dead', sweep: 'sweep' } as const;

/** How long pg-boss believes in a job without a sign of life; a run gives one every half of it. */
const HEARTBEAT_SECONDS = 30;
const DAY_SECONDS = 86_400;

/** pg-boss, started, with its queues and the tables beside it. */
export interface Jobs extends AsyncDisposable {
  boss: PgBoss;
  db: Db;
  schema: Schema;
}

/** @throws ConnectorConfigError where the schema has a name that is none. */
export async function openJobs(
  { connectionString, schema = 'spec_kitty_tracker_worker', maxConnections = 4, driver, logger }: JobsOptions,
  supervises: boolean,
): Promise<Jobs> {
  if (!/^[a-z_][a-z0-9_]{0,44}$/.test(schema))
    throw new ConnectorConfigError(
      'the schema of the worker must be lower-case letters, digits and "_", 45 at most',
      { fieldPath: 'schema' },
    );
  const log = logger ?? silentLogger;
  const boss = new PgBoss({
    schema: `${schema}_jobs`,
    max: maxConnections,
    application_name: 'spec-kitty-tracker-worker',
    supervise: supervises,
    registerInstance: supervises,
    schedule: supervises,
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
    ...(connectionString === undefined ? {} : { connectionString }),
    ...driver,
  });
  // The database is away, or slow: pg-boss goes on trying.
  boss.on('error', (error) => log.warn(`job queue: ${error.message}`));
  boss.on('warning', ({ message }) => log.debug(`job queue: ${message}`));
  await boss.start();
  try {
    const db = boss.getDb();
    await migrate(db, `"${schema}"`);
    await makeQueues(boss);
    return { boss, db, schema: `"${schema}"`, [Symbol.asyncDispose]: () => boss.stop({ graceful: true }) };
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
}

async function makeQueues(boss: PgBoss): Promise<void> {
  await boss.createQueue(QUEUES.dead, { retentionSeconds: 90 * DAY_SECONDS });
  // At most one run of a binding is under way, and one waits.
  await boss.createQueue(QUEUES.run, {
    policy: 'stately',
    deadLetter: QUEUES.dead,
    // For a worker that died: a run that failed says itself when it is tried again.
    retryLimit: 3,
    retryDelay: 1,
    retryBackoff: true,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    retentionSeconds: 30 * DAY_SECONDS,
    deleteAfterSeconds: 3600,
    // Far beyond a slice of time: for a host whose `open` never comes back.
    expireInSeconds: 3600,
  });
  await boss.createQueue(QUEUES.events, {
    deadLetter: QUEUES.dead,
    retryLimit: 20,
    retryDelay: 5,
    retryBackoff: true,
    retryDelayMax: 600,
    deleteAfterSeconds: 3600,
  });
  await boss.createQueue(QUEUES.sweep, { policy: 'exclusive', retryLimit: 0, deleteAfterSeconds: 3600 });
}
