import { seededRandom } from '../random.ts';
import type { GithubEmulator } from './github-emulator.ts';

const SUBJECTS = ['The basket', 'Search', 'The login', 'An invoice', 'The export', 'Delivery', 'A coupon'];
const TROUBLES = [
  'forgets what was in it',
  'is slow',
  'shows the wrong price',
  'needs a test',
  'should be shorter',
];

/** Issues as people make them: over days, some closed, some labelled, some of them below others. The same for one seed. */
export function seedGithub({ state, time }: GithubEmulator, count: number, seed = 1): void {
  const random = seededRandom(seed);
  const some = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const closed = random() < 0.4;
    const parent = random() < 0.1 ? some(ids) : undefined;
    const user = some(state.users);
    const label = some([...state.labels.keys()]);
    const issue = state.create(some(state.users)?.login ?? '', {
      title: `${some(SUBJECTS)} ${some(TROUBLES)} (${index + 1})`,
      body: random() < 0.2 ? '' : `Seen on page ${index}.\n\n- one\n- two\n`,
      labels: label !== undefined && random() < 0.5 ? [label] : [],
      assignees: user && random() < 0.3 ? [user.id] : [],
      ...(closed ? { state: 'CLOSED', stateReason: random() < 0.8 ? 'COMPLETED' : 'NOT_PLANNED' } : {}),
      ...(parent === undefined ? {} : { parent }),
    });
    ids.push(issue.id);
    time.advance(60_000 + Math.floor(random() * 3_600_000));
  }
}
