import type { Clock, Commit, CommitResult } from '@spec-kitty/tracker-core';
import { checkCommit } from './check-commit.ts';
import type { PostgresClient } from './client.ts';
import { CommitWriter } from './commit-writer.ts';
import type { Outcome } from './connection.ts';
import { damaged, StoreError } from './errors.ts';
import { readHeldState } from './held-state.ts';
import { requireLease } from './leases.ts';
import type { ServerClock } from './server-clock.ts';
import { toKey } from './sort-key.ts';
import type { Tenant } from './tenant.ts';
import { writeBookkeeping } from './write-bookkeeping.ts';
import { writeRecords } from './write-records.ts';

/** Of so many commits of a tenant it is kept that they took effect: it is asked at most seconds after they were sent. */
const KEPT_COMMITS = 10_000;

/** A transaction whose machine has said nothing for this long is ended by the server, so that others go on. */
const IDLE_LIMIT = '60s';

interface LockRow {
  last_record: number;
  last_sequence: number;
  last_commit: number;
  fence: number | null;
  until: number | null;
  server_time: number;
}

export interface CommitContext {
  tenant: Tenant;
  serverClock: ServerClock;
  /** Where the server's is not to be used. */
  clock: Clock | undefined;
}

/** One commit, over all tries to write it. */
export class CommitRequest {
  readonly #context: CommitContext;
  readonly #commit: Commit;
  readonly #token: string = globalThis.crypto.randomUUID();
  /** The numbers under which it may have been written: COMMIT was sent. */
  readonly #sent: number[] = [];

  constructor(context: CommitContext, commit: Commit) {
    this.#context = context;
    this.#commit = commit;
  }

  /** True while nobody has said what became of it. */
  get isUncertain(): boolean {
    return this.#sent.length > 0;
  }

  /** Inside of a transaction. Everything is checked before anything is written. */
  async apply(client: PostgresClient): Promise<Outcome<CommitResult>> {
    const { tenant } = this.#context;
    const row = await this.#lock(client);
    // An earlier try that was still on its way has ended, one way or the other: it held the lock.
    if (await this.#tookEffect(client, row)) return { keep: false, result: { ok: true } };
    this.#checkLease(row);
    const held = await readHeldState(client, tenant, this.#commit);
    const refused = checkCommit(held, this.#commit);
    if (refused) return { keep: false, result: refused };
    const counters = { lastRecord: row.last_record, lastSequence: row.last_sequence };
    const writer = new CommitWriter(tenant, client, counters);
    await writeRecords(writer, held, this.#commit);
    await writeBookkeeping(writer, this.#commit);
    const { lastRecord, lastSequence } = writer.counters;
    const number = row.last_commit + 1;
    await writer.run('setCounters', lastRecord, lastSequence, number, this.#token, KEPT_COMMITS);
    this.#sent.push(number);
    return { keep: true, result: { ok: true } };
  }

  async #lock(client: PostgresClient): Promise<LockRow> {
    const { tenant, serverClock } = this.#context;
    const { lease } = this.#commit;
    const bindingId = lease ? toKey(lease.bindingId) : null;
    const lock = (): Promise<LockRow[]> => tenant.all<LockRow>(client, 'lock', bindingId, IDLE_LIMIT);
    let [row] = await lock();
    if (!row) {
      await tenant.all(client, 'createCounters');
      [row] = await lock();
    }
    if (!row) throw damaged(tenant.place, 'the table of counters');
    serverClock.hear(row.server_time);
    return row;
  }

  async #tookEffect(client: PostgresClient, { last_commit }: LockRow): Promise<boolean> {
    if (this.#sent.length === 0) return false;
    const { tenant } = this.#context;
    const found = await tenant.all(client, 'committed', this.#sent, this.#token);
    if (found.length > 0) return true;
    if (this.#sent.some((number) => number <= last_commit - KEPT_COMMITS)) {
      throw new StoreError(
        `${tenant.place}: nobody knows any more whether a commit took effect whose answer was lost`,
        { outcomeUnknown: true },
      );
    }
    this.#sent.length = 0;
    return false;
  }

  #checkLease(row: LockRow): void {
    const { lease } = this.#commit;
    if (!lease) return;
    const { clock } = this.#context;
    requireLease(row, lease, clock ? Date.parse(clock.now()) : row.server_time);
  }
}
