import { type IssueField, type IssuePatch, refIdentity } from '@spec-kitty/tracker-core';
import { check, equal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import { outcome, type World } from './world.ts';

/** What is tried where the manifest states no limit: for a title, as long as the model allows. */
const UNSTATED = { title: 10_000, body: 200_000, labels: 255 } as const;
type SizedField = keyof typeof UNSTATED;

const LIMIT_OF = { title: 'titleLength', body: 'bodyLength', labels: 'labelLength' } as const;
/** The model's own bounds: nothing longer gets as far as a connector. */
const MODEL = { title: 10_000, body: 5_000_000, labels: 1024 } as const;

function sized(field: SizedField, length: number): IssuePatch {
  const text = 'x'.repeat(length);
  return field === 'labels' ? { labels: [text] } : { [field]: text };
}

async function takes(world: World, field: SizedField): Promise<void> {
  const length = world.capabilities.limits?.[LIMIT_OF[field]] ?? UNSTATED[field];
  const ref = await world.seedOne();
  const patch = sized(field, Math.min(length, MODEL[field]));
  await world.connector.updateIssue(ref, patch);
  if (world.support(field) !== 'full') return;
  const after = await world.get(ref);
  check(
    world.same(field, after[field], patch[field]),
    `a ${field} of ${length} characters came back changed`,
  );
}

async function refusesLonger(world: World, field: SizedField): Promise<void> {
  const limit = world.capabilities.limits?.[LIMIT_OF[field]];
  if (limit === undefined || limit >= MODEL[field]) return;
  const ref = await world.seedOne({ title: 'As it was' });
  const before = await world.get(ref);
  const ids = (await world.list()).map((issue) => refIdentity(issue.ref)).sort();
  const patch = sized(field, limit + 1);
  const done = await outcome(() => world.connector.updateIssue(ref, patch, { previous: before }));
  check('code' in done, `a ${field} longer than the stated ${limit} was taken`);
  check(!done.passes, `a ${field} that is too long is refused (${done.code}) as if it may be taken later`);
  equal((await world.get(ref))[field], before[field], `${field} after a refused patch`);
  const created = await outcome(() =>
    world.connector.createIssue(world.draft({ title: 'Too long', ...patch })),
  );
  check('code' in created, `an issue was created with a ${field} longer than the stated ${limit}`);
  await world.settle();
  const now = (await world.list()).map((issue) => refIdentity(issue.ref)).sort();
  equal(now, ids, 'the issues after a refused create');
}

const holds =
  (field: IssueField): NonNullable<ConnectorCase['when']> =>
  (capabilities) =>
    writes(capabilities) && capabilities.fields?.[field] !== 'none';

export const limitCases: ConnectorCase[] = (['title', 'body', 'labels'] as const).flatMap((field) => [
  {
    name: `a ${field} of the greatest length is taken`,
    when: holds(field),
    run: (world: World) => takes(world, field),
  },
  {
    name: `a ${field} longer than the stated limit is refused`,
    when: (capabilities) =>
      holds(field)(capabilities) && capabilities.limits?.[LIMIT_OF[field]] !== undefined,
    run: (world: World) => refusesLonger(world, field),
  },
]);
