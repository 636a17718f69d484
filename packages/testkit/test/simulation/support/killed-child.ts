import { openSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import {
  isTrackerError,
  OwnershipPolicy,
  RecordStore,
  SpecKittyTrackerError,
  SyncEngine,
  type SyncStore,
} from '@spec-kitty/tracker-core';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';
import type { TrackerTraits } from '../../../src/simulation/tracker-traits.ts';
import { WRAPS } from './broken-backends.ts';
import { type LastMoment, Moments } from './moments.ts';
import { remoteConnector } from './remote-tracker.ts';

/** What a child is for. */
export interface ChildTask {
  /** The store. */
  file: string;
  /** Where it notes what it is doing. */
  placeFile: string;
  traits: TrackerTraits;
  /** Breaks the store on purpose. */
  wrap?: keyof typeof WRAPS;
}

/** One run, told to a child that waits for it. */
export interface Go {
  /** Its clock begins here, and moves on by a millisecond each time that somebody looks. */
  now: number;
  /** What its ids begin with. */
  prefix: string;
  /** Where it is killed. */
  last?: LastMoment;
}

/** `met`: how many moments of the place the run had at which it was to be killed. */
export type ChildNews = { ready: true } | { busy: true } | { finished: string[]; met: number };

// A process that waits for its word, then syncs until it is killed. The tracker lives in its parent.
const task = JSON.parse(process.argv[2] ?? '') as ChildTask;
const moments = new Moments(openSync(task.placeFile, 'r+'));
globalThis.killMoment = (place) => moments.at(place);
flushCompileCache();

const tell = (news: ChildNews): void => void process.send?.(news);
let millis = 0;
let prefix = '';
let count = 0;
const clock = { now: (): string => new Date(++millis).toISOString() };
const ids = (): string => `${prefix}-${++count}`;
const connector = remoteConnector(
  task.traits,
  moments,
  (error) => new SpecKittyTrackerError(error.message, {}, error.code),
);

function open(): SyncStore {
  const store = openSqliteStore(task.file, { clock, ids });
  if (task.wrap === undefined) return store;
  return new RecordStore(
    WRAPS[task.wrap](store.backend, async () => {}),
    { clock, ids },
  );
}

let engine: SyncEngine | undefined;
process.on('message', async (message: Go | object) => {
  if (!('now' in message)) return;
  millis = message.now;
  prefix = message.prefix;
  moments.begin(message.last);
  engine ??= new SyncEngine({
    connector,
    store: open(),
    policy: OwnershipPolicy.split({ fieldOwners: {} }),
    pageSize: 3,
    clock,
    ids,
  });
  try {
    const { failures } = await engine.sync();
    moments.note('idle');
    const met = message.last === undefined ? 0 : moments.met(message.last.place);
    tell({ finished: failures.map((failure) => `${failure.code} ${failure.message}`), met });
  } catch (error) {
    if (!isTrackerError(error) || error.code !== 'sync_busy') throw error;
    moments.note('idle');
    tell({ busy: true });
  }
});
process.on('disconnect', () => process.exit());
moments.note('idle');
tell({ ready: true });
