import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLinearEmulator, createNangoEmulator, serve, VirtualTime } from '@spec-kitty/tooling-emulators';
import { ConnectorRegistry, OwnershipPolicy, SyncEngine } from '@spec-kitty/tracker-core';
import linear from '@spec-kitty/tracker-linear';
import { createHostedConnector, discoverResources, discoverWorkspaces } from '@spec-kitty/tracker-nango';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';

/*
 * A host whose users connect their trackers through Nango. It never sees their credentials: it has its own secret for the
 * proxy, and the name of each user's connection. Nango and Linear are emulators on this machine.
 */

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`this should be so: ${what}`);
  console.log(`✓ ${what}`);
}

// What would be Linear and Nango.
const time = new VirtualTime(new Date().toISOString());
const team = createLinearEmulator({ time });
team.people.createIssue({ title: 'The map is slow', state: 'In Progress', priority: 2 });
const nango = createNangoEmulator({ time });
nango.connections.set('user-7', {
  providerConfigKey: 'linear-app',
  provider: team,
  base: 'https://api.linear.app',
  headers: { authorization: `Bearer ${team.apiKey}` },
});
await using proxy = await serve(nango);

// From here on it is the host's own code.
const registry = new ConnectorRegistry();
registry.register(linear);
const nangoContext = {
  connectionId: 'user-7',
  providerConfigKey: 'linear-app',
  nangoSecretKey: nango.secret,
  nangoBaseUrl: proxy.url,
};

const workspaces = await discoverWorkspaces('linear', nangoContext, { registry });
for (const { display, kind } of workspaces.items)
  console.log(`The connection reaches the ${kind} ${display}.`);
const [workspace] = workspaces.items;
if (!workspace) throw new Error('the connection reaches nothing');
const teams = await discoverResources('linear', workspace, nangoContext, { registry });
for (const { displayName, resourceType } of teams.items)
  console.log(`It has the ${resourceType} ${displayName}.`);
const chosen = teams.items.find(({ stableRef }) => stableRef === team.teamId);
if (!chosen) throw new Error('there is no such team');

const folder = await mkdtemp(join(tmpdir(), 'hosted-'));
try {
  await using store = openSqliteStore(join(folder, 'user-7.sqlite'));
  await using connector = await createHostedConnector(
    { provider: chosen.provider, nangoContext, params: chosen.connectorParams },
    { registry },
  );
  const engine = new SyncEngine({
    connector,
    store,
    policy: OwnershipPolicy.split({ fieldOwners: {}, defaultOwner: 'shared' }),
  });
  await engine.sync();
  const [issue] = await store.listIssues();
  console.log(`Brought in: ${issue?.title}`);
  require(issue?.title === 'The map is slow', "the user's issue is in the host's store");

  if (issue) await store.editIssue(issue.ref, { status: 'done' });
  const { stats, failures } = await engine.sync();
  require(stats.pushedUpdated === 1 && failures.length === 0, 'what the host changes goes out');
  const state = team.workspace.states.get(team.issues()[0]?.stateId ?? '');
  require(state?.name === 'Done', 'and is done in Linear');
} finally {
  await rm(folder, { recursive: true, force: true });
}
const wire = JSON.stringify(nango.wire);
require(!wire.includes(team.apiKey), 'no credential of Linear was ever on the way to the proxy');
