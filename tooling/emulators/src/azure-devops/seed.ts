import { seededRandom } from '../random.ts';
import type { AzureDevOpsEmulator } from './azure-devops-emulator.ts';

const SUBJECTS = ['The basket', 'Search', 'The login', 'An invoice', 'The export', 'Delivery', 'A coupon'];
const TROUBLES = [
  'forgets what was in it',
  'is slow',
  'shows the wrong price',
  'needs a test',
  'should be shorter',
];
const TAGS = ['bug', 'help wanted', 'later'];

/** Items as people make them: over days, some done, some tagged, some of them below others. The same for one seed. */
export function seedAzureDevOps({ state, time }: AzureDevOpsEmulator, count: number, seed = 1): void {
  const random = seededRandom(seed);
  const some = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const types = Object.keys(state.process);
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const type = some(types) ?? 'Task';
    const tag = some(TAGS);
    const user = some(state.users);
    const parent = random() < 0.1 ? some(ids) : undefined;
    const { id } = state.create(some(state.users)?.uniqueName ?? '', type, {
      title: `${some(SUBJECTS)} ${some(TROUBLES)} (${index + 1})`,
      description: random() < 0.2 ? '' : `<div>Seen on page ${index}.</div><ul><li>one</li><li>two</li></ul>`,
      tags: tag !== undefined && random() < 0.5 ? [tag] : [],
      assignedTo: user && random() < 0.3 ? user.uniqueName : null,
      ...(parent === undefined
        ? {}
        : { relations: [{ rel: 'System.LinkTypes.Hierarchy-Reverse', target: parent }] }),
    });
    ids.push(id);
    time.advance(60_000 + Math.floor(random() * 3_600_000));
    const done = state.statesOf(type).find(({ category }) => category === 'Completed')?.name;
    if (done !== undefined && random() < 0.4) state.change(id, { state: done });
    time.advance(60_000);
  }
}
