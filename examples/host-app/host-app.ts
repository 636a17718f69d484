import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGithubEmulator, serve, VirtualTime } from '@spec-kitty/tooling-emulators';
import {
  BidirectionalIssueSync,
  ConnectorRegistry,
  type MissionUpdate,
  OwnershipPolicy,
  SyncEngine,
} from '@spec-kitty/tracker-core';
import github from '@spec-kitty/tracker-github';
import { manifest as memoryManifest } from '@spec-kitty/tracker-memory';
import { openSqliteStore } from '@spec-kitty/tracker-store-sqlite';

/*
 * An application that takes the parts as it wants them: a registry composed by hand, a store where it likes, a policy for
 * each field, and missions that are published back to the issue. GitHub is an emulator on this machine.
 */

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`this should be so: ${what}`);
  console.log(`✓ ${what}`);
}

// What would be GitHub.
const time = new VirtualTime(new Date().toISOString());
const tracker = createGithubEmulator({ time, logins: ['ada', 'grace'] });
const coupon = tracker.state.create('ada', {
  title: 'Checkout rejects valid coupons',
  body: 'Since the last release.',
});
const prices = tracker.state.create('ada', { title: 'Prices are rounded twice' });
await using server = await serve(tracker);

// A registry by hand: one connector whose code is here, one that is loaded when somebody asks for it.
const registry = new ConnectorRegistry();
registry.register(github);
registry.registerLazy(memoryManifest, async () => (await import('@spec-kitty/tracker-memory')).default);
console.log(
  `Connectors: ${registry
    .list()
    .map(({ displayName }) => displayName)
    .join(', ')}`,
);

const folder = await mkdtemp(join(tmpdir(), 'host-app-'));
try {
  await using store = openSqliteStore(join(folder, 'issues-of-the-app.sqlite'));
  await using connector = await registry.create('github', {
    owner: 'acme',
    repo: 'shop',
    token: tracker.token,
    baseUrl: server.url,
  });
  // Whose word counts, field by field: titles are GitHub's, labels are ours, everything else is both sides'.
  const policy = OwnershipPolicy.split({
    fieldOwners: { title: 'external', labels: 'local' },
    defaultOwner: 'shared',
  });
  const engine = new SyncEngine({
    connector,
    store,
    policy,
    strategy: { default: 'newer_timestamp', fields: { body: 'manual_review' } },
  });
  await engine.sync();
  const issue = (await store.listIssues()).find(({ ref }) => ref.id === coupon.id);
  if (!issue) throw new Error('the issue did not come in');

  await store.editIssue(issue.ref, { title: 'Ours', labels: ['checkout'], priority: 1 });
  const { overrides, failures } = await engine.sync();
  const there = tracker.state.issue(coupon.id);
  require(there.title === 'Checkout rejects valid coupons', "the title stays GitHub's");
  require(overrides.some(({ field }) => field === 'title'), 'and what lost is told');
  const labels = there.labels.map((id) => tracker.state.labels.get(id)?.name).sort();
  require(labels.join() === 'checkout,priority: high', 'labels and priority are there');
  require(failures.length === 0, 'nothing failed');

  // A mission works on the issue, and says how far it is.
  const missions = new BidirectionalIssueSync({ connector });
  const seed = await missions.missionFromIssue(issue.ref, { missionId: 'mission-1' });
  console.log(`Mission ${seed.missionId}: ${seed.title}`);
  const update: MissionUpdate = {
    missionId: 'mission-1',
    missionState: 'implementing',
    targetStatus: 'in_progress',
    summary: 'The coupon is compared before it is trimmed',
    missionUrl: 'https://missions.example/mission-1',
    decisionReferences: [
      {
        decisionId: 'round-once',
        blocking: true,
        externalRef: { system: 'github', workspace: connector.workspace, id: prices.id },
      },
    ],
  };
  await missions.publishMissionUpdate({ issueRef: issue.ref, update });
  await missions.publishMissionUpdate({ issueRef: issue.ref, update });
  const [comment, ...others] = [...tracker.state.comments.values()];
  console.log(comment?.body.split('\n<!--')[0]);
  require(others.length === 0, 'the update is told in one comment, also when it is published twice');
  require(tracker.state.issue(coupon.id).blockedBy.includes(prices.id), 'the blocking decision is a link');
  // What GitHub lists within seconds of a write of ours may be older than it: it is read by itself in the next run.
  await engine.sync();
  await engine.sync();
  require((await store.getIssue(issue.ref))?.status ===
    'in_progress', 'and the status comes back into the store');
} finally {
  await rm(folder, { recursive: true, force: true });
}
