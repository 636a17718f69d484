import { writeSync } from 'node:fs';
import { json } from 'node:stream/consumers';
import { OwnershipPolicy } from '@spec-kitty/tracker-core';
import { GitHubConnector } from '@spec-kitty/tracker-github';
import { GitLabConnector } from '@spec-kitty/tracker-gitlab';
import { openPostgresDatabase } from '@spec-kitty/tracker-store-postgres';
import { startWorker } from '@spec-kitty/tracker-worker';
import { FARM_HEADER } from './farm.ts';
import { type MachineLine, MachineSetupSchema } from './machine-setup.ts';

/** A worker as a process of its own: told what to do on its input, until SIGTERM, with a log on its output. */
const setup = MachineSetupSchema.parse(await json(process.stdin));
// At once, so that what was told before a kill is there.
const tell = (line: MachineLine): void => void writeSync(1, `${JSON.stringify(line)}\n`);

const database = openPostgresDatabase({
  connectionString: setup.connectionString,
  schema: `${setup.schema}_store`,
  pool: { max: setup.concurrency + 2 },
});
const places = new Map(setup.places.map((place) => [`${place.tenant} ${place.name}`, place]));

const worker = await startWorker({
  connectionString: setup.connectionString,
  schema: setup.schema,
  concurrency: setup.concurrency,
  tenantConcurrency: setup.tenantConcurrency,
  logger: { debug() {}, info() {}, warn: (message) => console.error(message) },
  async open({ tenant, name }, context) {
    const place = places.get(`${tenant} ${name}`);
    if (!place) throw new RangeError(`there is no place ${tenant} ${name}`);
    // It believes that it talks to the vendor's own service, and heeds the limits of that.
    const toFarm: typeof fetch = (input, init) => {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      const sent = new Request(`${setup.farmUrl}${pathname}${search}`, request);
      sent.headers.set(FARM_HEADER, place.credential);
      return (context.fetch ?? fetch)(sent);
    };
    const told = { ...context, fetch: toFarm };
    const options = { ...place.options, token: `${place.options.token}` };
    const connector =
      place.connector === 'gitlab'
        ? new GitLabConnector({ ...options, projectId: `${place.options.projectId}` }, told)
        : new GitHubConnector(
            { ...options, owner: `${place.options.owner}`, repo: `${place.options.repo}` },
            told,
          );
    return {
      connector,
      store: database.store(`${tenant} ${name}`),
      policy: OwnershipPolicy.split({ fieldOwners: {} }),
      clock: database.clock,
      leaseMs: setup.leaseMs,
      onEvent(event) {
        const at = Date.now();
        if (event.type === 'started') tell({ event: 'began', at, tenant, name, operation: event.operation });
      },
    };
  },
  onRun({ tenant, name, operation, outcome, result, failure }) {
    const { stats } = result ?? {};
    const writes = stats ? stats.pushedCreated + stats.pushedUpdated + stats.pushedDeleted : 0;
    tell({ event: 'ended', at: Date.now(), tenant, name, operation });
    tell({
      event: 'ran',
      tenant,
      name,
      outcome,
      failure: failure ? `${failure.code}: ${failure.message}` : null,
      writes,
    });
  },
});
tell({ event: 'ready' });

process.once('SIGTERM', () => {
  void (async () => {
    await worker.stop();
    await database[Symbol.asyncDispose]();
  })();
});
