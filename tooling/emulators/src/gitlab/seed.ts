import { seededRandom } from '../random.ts';
import type { GitlabEmulator } from './gitlab-emulator.ts';

const SUBJECTS = ['The basket', 'Search', 'The login', 'An invoice', 'The export', 'Delivery', 'A coupon'];
const TROUBLES = [
  'forgets what was in it',
  'is slow',
  'shows the wrong price',
  'needs a test',
  'should be shorter',
];
const LABELS = ['backend', 'frontend', 'status::in-progress', 'priority::high', 'type::bug'];

/** Issues as people make them: over days, some closed, some labelled, some of them related. The same for one seed. */
export function seedGitlab({ state, time }: GitlabEmulator, count: number, seed = 1): void {
  const random = seededRandom(seed);
  const some = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const closed = random() < 0.4;
    const related = random() < 0.1 ? some(ids) : undefined;
    const user = some(state.users);
    const label = some(LABELS);
    const issue = state.create(some(state.users)?.username ?? '', {
      title: `${some(SUBJECTS)} ${some(TROUBLES)} (${index + 1})`,
      description: random() < 0.2 ? '' : `Seen on page ${index}.\n\n- one\n- two\n`,
      labels: label !== undefined && random() < 0.5 ? [label] : [],
      assignee_ids: user && random() < 0.3 ? [user.id] : [],
      ...(closed ? { state_event: 'close' as const } : {}),
    });
    if (related !== undefined) state.link(issue.id, related, 'relates_to');
    ids.push(issue.id);
    time.advance(60_000 + Math.floor(random() * 3_600_000));
  }
}
