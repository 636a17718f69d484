import { type CanonicalIssue, canonicalIssue, isTrackerError } from '@spec-kitty/tracker-core';
import { FPConnector } from '@spec-kitty/tracker-fp';
import fc from 'fast-check';
import { textOf } from '../hostile/exotic.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { type DamagedText, damage, damagedText } from '../hostile/text.ts';
import { expectTyped, expectWords, jsonOf, outcomeOf } from '../properties/outcome.ts';
import { type FuzzTarget, target } from '../target.ts';

const time = '2026-10-04T18:47:55.827Z';
const plain = { status: 'todo', priority: null, parent: null, createdAt: time, updatedAt: time };
const LIST = {
  issues: [
    { ...plain, id: 'aaaaaaaa', shortId: 'aaaaaaaa', title: 'A', description: '', dependencies: [] },
    {
      ...plain,
      id: 'bbbbbbbb',
      title: 'B',
      description: 'text\n\n<!-- spec-kitty:6b6579 -->',
      status: 'waiting',
      priority: 'high',
      parent: 'aaaaaaaa',
      dependencies: ['aaaaaaaa'],
      properties: { labels: ['x', 'y'], effort: { size: 3 } },
    },
  ],
};
const TEXT = Buffer.from(
  'FP-1 [todo] [high] Title\n├── FP-2 [in-progress] Second\n│   └── FP-3 [done] Third\n',
);

/** An fp that answers this, whatever it is asked. */
function connectorOver(version: string, stdout: string): FPConnector {
  const run = async ({
    args,
  }: {
    args: string[];
  }): Promise<{ exitCode: number; stdout: string; stderr: string }> => ({
    exitCode: 0,
    stdout: args[0] === '--version' ? version : stdout,
    stderr: '',
  });
  return new FPConnector({}, { run: { run } });
}

/** Each page holds canonical issues, each issue once, and says in words what cannot be read. */
async function expectListing(connector: FPConnector): Promise<void> {
  const issues: CanonicalIssue[] = [];
  let cursor: string | undefined;
  for (let pages = 0; ; pages++) {
    if (pages > 1000) throw new Error('the listing does not end');
    const outcome = await outcomeOf(() => connector.listIssues({ limit: 2, ...(cursor && { cursor }) }));
    if (!outcome.ok) {
      expectTyped(outcome.error);
      return;
    }
    issues.push(...outcome.value.items);
    for (const { location, message } of outcome.value.failures ?? []) {
      expectWords('the message of a failure', message);
      expectWords('the place of a failure', location);
    }
    cursor = outcome.value.nextCursor;
    if (cursor === undefined) break;
  }
  if (new Set(issues.map(({ ref }) => ref.id)).size !== issues.length)
    throw new Error('an issue is listed twice');
  for (const issue of issues)
    if (jsonOf(canonicalIssue(issue, 'fp')) !== jsonOf(issue)) throw new Error('an issue is not canonical');
  const refs = issues.map(({ ref }) => ref);
  if (jsonOf(await connector.getIssues(refs)) !== jsonOf(issues))
    throw new Error('issues are read in another way');
  const found = await outcomeOf(() => connector.findByIdempotencyKeys(['key']));
  if (!found.ok && !isTrackerError(found.error)) throw found.error;
}

async function expectText({ text, json }: { text: DamagedText; json: boolean }): Promise<void> {
  const whole = json ? Buffer.from(JSON.stringify(LIST)) : TEXT;
  await expectListing(connectorOver(json ? '0.25.0' : '0.22.0', damage(whole, text).toString()));
}

export const fpTargets: readonly FuzzTarget[] = [
  target({
    name: 'fp-list',
    runs: 500,
    input: mutationOf([LIST], 'json'),
    check: (recipe) => expectListing(connectorOver('0.25.0 (d818046)', textOf(recipe))),
  }),
  target({
    name: 'fp-text',
    runs: 500,
    input: fc.record({ text: damagedText(1), json: fc.boolean() }),
    check: expectText,
  }),
];
