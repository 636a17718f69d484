import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SyncStore } from '@spec-kitty/tracker-core';
import type { LoadedConfig } from '../config/read-config.ts';
import type { Check } from '../output/check-view.ts';
import { reportOf } from '../output/error-view.ts';
import { counted, shortTime } from '../output/names.ts';
import type { CommandContext } from './context.ts';
import { openFile, openStore, storeFile } from './open-store.ts';
import { inPostgres, postgresOf } from './postgres.ts';

/** What is found of a store. */
export interface CheckedStore {
  /** As it is shown. */
  place: string;
  checks: Check[];
  /** Open; absent where there is none yet, or where it is not usable. */
  store?: SyncStore;
}

/** Makes no store where there is none. */
export async function checkStore(context: CommandContext, loaded: LoadedConfig): Promise<CheckedStore> {
  const file = storeFile(loaded);
  try {
    return file === undefined ? await checkPostgres(context, loaded) : await checkFile(file);
  } catch (error) {
    const { message, hint } = reportOf(error);
    const failed: Check = { check: 'store', state: 'failure', message, ...(hint ? { hint } : {}) };
    return { place: file ?? 'PostgreSQL', checks: [failed] };
  }
}

async function checkFile(path: string): Promise<CheckedStore> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return { place: path, checks: [await checkPlace(path)] };
  const store = await openFile(path);
  try {
    const { inspectSqliteStore } = await import('@spec-kitty/tracker-store-sqlite');
    const { damages, leases } = inspectSqliteStore(path);
    const checks = [...damages.map(damageCheck), ...leases.map(leaseCheck)];
    if (damages.length === 0) checks.unshift(okCheck(path));
    return { place: path, checks, store };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function checkPostgres(context: CommandContext, loaded: LoadedConfig): Promise<CheckedStore> {
  const { openPostgresDatabase, options, place } = await postgresOf(context, loaded);
  const { made, leases } = await inPostgres(async () => {
    await using database = openPostgresDatabase(options);
    return database.inspect(options.tenant);
  });
  if (!made) return { place, checks: [okCheck(`${place} is not there yet; the first command makes it`)] };
  const { store } = await openStore(context, loaded);
  return { place, checks: [okCheck(place), ...leases.map(leaseCheck)], store };
}

function okCheck(message: string): Check {
  return { check: 'store', state: 'ok', message };
}

async function checkPlace(path: string): Promise<Check> {
  const folder = dirname(path);
  const writable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (writable) return okCheck(`${path} is not there yet; the first command makes it`);
  return {
    check: 'store',
    state: 'failure',
    message: `${path} cannot be made`,
    hint: `Make the folder ${folder}, or give this user write permission for it.`,
  };
}

function damageCheck(damage: string): Check {
  return {
    check: 'store',
    state: 'failure',
    message: `it is damaged: ${damage}`,
    hint: 'Move the file and its -wal and -shm away, keep them, and restore a copy or pull into a new one.',
  };
}

interface Lease {
  bindingId: string;
  until: string;
  held: boolean;
}

function leaseCheck({ bindingId, until, held }: Lease): Check {
  return held
    ? {
        check: 'store',
        state: 'warning',
        message: `a run of ${bindingId} is under way`,
        hint: `Wait for it. One that was killed is forgotten at ${until.slice(11, 19)}Z.`,
      }
    : {
        check: 'store',
        state: 'ok',
        message: `a run of ${bindingId} ended before its end, before ${shortTime(until)}; the next one goes on from there`,
      };
}

/** What waits in a store for a person or for the next run, of one binding. */
export async function checkWork(store: SyncStore, name: string, bindingId: string): Promise<Check[]> {
  const checks: Check[] = [];
  const add = (message: string, hint: string): void =>
    void checks.push({ check: 'work', binding: name, state: 'warning', message, hint });
  const open = await store.listConflicts({ status: 'open', bindingId });
  if (open.length > 0)
    add(`${counted(open.length, 'conflict')} left open`, 'Run: spec-kitty-tracker conflicts list');
  const intents = await store.backend.intents(bindingId);
  const unclear = intents.filter(({ unclearUntil }) => unclearUntil !== undefined).length;
  if (unclear > 0) {
    add(
      `of ${counted(unclear, 'create')} nobody knows whether it took effect`,
      'Look for the issue at the tracker; the next sync names it.',
    );
  }
  if (intents.length > unclear) {
    add(
      `${counted(intents.length - unclear, 'write')} without an answer`,
      'The next sync looks what became of it.',
    );
  }
  if (checks.length === 0)
    checks.push({
      check: 'work',
      binding: name,
      state: 'ok',
      message: 'no open conflict, no write without an answer',
    });
  return checks;
}
