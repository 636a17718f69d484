import { seededRandom } from '../random.ts';
import type { LinearEmulator } from './linear-emulator.ts';

const SUBJECTS = [
  'The map',
  'A filter',
  'The start page',
  'A receipt',
  'The import',
  'Billing',
  'A reminder',
];
const TROUBLES = ['loses its place', 'is slow', 'shows the wrong day', 'needs a test', 'should be simpler'];
const STATES = ['Backlog', 'Todo', 'In Progress', 'In Review', 'Done', 'Canceled'];

/** Issues as people make them: over days, in all states, some of them below others. The same for one seed. */
export function seedLinear({ people, memberIds, time }: LinearEmulator, count: number, seed = 1): void {
  const random = seededRandom(seed);
  const some = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const [state, member] = [some(STATES), some(memberIds)];
    const parentId = random() < 0.1 ? some(ids) : undefined;
    const id = people.createIssue({
      title: `${some(SUBJECTS)} ${some(TROUBLES)} (${index + 1})`,
      description: random() < 0.2 ? '' : `Seen on day ${index}.`,
      priority: Math.floor(random() * 5),
      labels: random() < 0.5 ? ['bug'] : [],
      ...(state === undefined ? {} : { state }),
      ...(member !== undefined && random() < 0.3 ? { assigneeId: member } : {}),
      ...(parentId === undefined ? {} : { parentId }),
    });
    ids.push(id);
    time.advance(60_000 + Math.floor(random() * 3_600_000));
  }
}
