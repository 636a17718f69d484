import { loadFromSources } from './source-hooks.ts';

/** A process that does nothing but sync, until it is killed. The tracker lives in its parent, at the other end of the pipe. */
loadFromSources();
const { OwnershipPolicy, SpecKittyTrackerError, SyncEngine, isTrackerError } = await import(
  '@spec-kitty/tracker-core'
);
const { openSqliteStore } = await import('@spec-kitty/tracker-store-sqlite');
const { remoteConnector } = await import('./remote-tracker.ts');

const store = openSqliteStore(process.argv[2] ?? '');
const connector = remoteConnector((error) => new SpecKittyTrackerError(error.message, {}, error.code));
const engine = new SyncEngine({
  connector,
  store,
  policy: OwnershipPolicy.split({ fieldOwners: {} }),
  leaseMs: 1000,
  requestTimeoutMs: 50,
  pageSize: 3,
});
const once = process.argv[3] === 'once';
for (;;) {
  try {
    const { failures } = await engine.sync();
    if (once) process.send?.({ finished: failures.map(({ code, message }) => `${code} ${message}`) });
    if (once) break;
  } catch (error) {
    // The lease of the one that was killed has not run out yet.
    if (!isTrackerError(error) || error.code !== 'sync_busy') throw error;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
await store[Symbol.asyncDispose]();
process.disconnect?.();
