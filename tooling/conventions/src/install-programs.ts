/** What the hosts of the installation check name, and what they run. */

export const CORE: string = '@spec-kitty/tracker-core';
export const MEMORY: string = '@spec-kitty/tracker-memory';
export const CLI: string = '@spec-kitty/tracker-cli';
export const THIRD_PARTY: string = 'spec-kitty-tracker-third-party';
export const GITLAB: string = '@spec-kitty/tracker-gitlab';
export const HTTP: string = '@spec-kitty/tracker-http';
export const POSTGRES: string = '@spec-kitty/tracker-store-postgres';
export const WORKER: string = '@spec-kitty/tracker-worker';
/** A plugin that is a package of the host's own workspace. */
export const SIBLING: string = 'spec-kitty-tracker-sibling';

export const SYNC: string = `import { InMemoryIssueStore, OwnershipPolicy, SyncEngine } from '${CORE}';
import { InMemoryConnector } from '${MEMORY}';

const store = new InMemoryIssueStore();
const connector = new InMemoryConnector();
const policy = OwnershipPolicy.localAuthoritative();
await store.createDraft({ system: connector.name, workspace: connector.workspace }, { title: 'One' });
const { stats, failures } = await new SyncEngine({ connector, store, policy }).sync();
if (stats.pushedCreated !== 1 || failures.length > 0) throw new Error(JSON.stringify(failures));
`;

export const READ: string = `import { createServer, type AddressInfo } from 'node:net';
import { discoverPlugins } from '${CORE}/node';

const { registry, rejected } = await discoverPlugins({ from: import.meta.dirname });
if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
const issue = { id: '1', title: 'One', text: null, state: 'open', labels: [], created: '2026-01-01T00:00:00Z' };
const body = JSON.stringify({ issues: [{ ...issue, updated: issue.created }] });
const server = createServer((socket) => {
  const head = ['HTTP/1.1 200 OK', 'content-type: application/json', 'connection: close', ''];
  socket.once('data', () => socket.end([...head, '', body].join('\\r\\n').replace('\\r\\n\\r\\n\\r\\n', '\\r\\n\\r\\n')));
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as AddressInfo;
const connector = await registry.create('third-party', { baseUrl: \`http://127.0.0.1:\${port}\`, token: 'x' });
const { items } = await connector.listIssues({ limit: 10 });
server.close();
if (items[0]?.title !== 'One') throw new Error(JSON.stringify(items));
`;

export const DISCOVER: string = `import { discoverPlugins } from '${CORE}/node';

const { found, rejected, registry } = await discoverPlugins({ from: import.meta.dirname });
const ids = found.map(({ id }) => id).join();
if (ids !== 'github,memory,sibling' || rejected.length > 0) throw new Error(ids + JSON.stringify(rejected));
for (const id of ['memory', 'sibling']) {
  await using connector = await registry.create(id, { workspace: 'shop' });
  if (connector.workspace !== 'shop') throw new Error(id);
}
`;

export const SIBLING_CODE: string = `import { definePlugin } from '${CORE}';
import memory from '${MEMORY}';

export default definePlugin({ ...memory, manifest: { ...memory.manifest, id: 'sibling' } });
`;

export const WEB: string = `import { webScenario } from './web-scenario.ts';

console.log(await webScenario());
`;

export const CONNECT: string = `import { isTrackerError } from '${CORE}';
import { openPostgresStore } from '${POSTGRES}';
import { openWorkerControl, type WorkerOptions } from '${WORKER}';

await using store = openPostgresStore({ connectionString: 'postgres://127.0.0.1:9/none', sleep: async () => {} });
const code = await store.getPeople().then(
  () => 'opened',
  (error: unknown) => (isTrackerError(error) ? error.code : String(error)),
);
if (code !== 'store_io') throw new Error(code);
const options: Pick<WorkerOptions, 'connectionString'> = { connectionString: 'postgres://127.0.0.1:9/none' };
const answer = await openWorkerControl(options).then(
  () => 'opened',
  () => 'refused',
);
if (answer !== 'refused') throw new Error(answer);
`;
