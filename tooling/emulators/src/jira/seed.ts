import { seededRandom } from '../random.ts';
import { adfOf } from './adf-check.ts';
import type { JiraEmulator } from './jira-emulator.ts';

const SUBJECTS = ['The basket', 'Search', 'The login', 'An invoice', 'The export', 'Delivery', 'A coupon'];
const TROUBLES = [
  'forgets what was in it',
  'is slow',
  'shows the wrong price',
  'needs a test',
  'should be shorter',
];
const LABELS = ['bug', 'wanted', 'later'];

/** Issues as people make them: over days, of all types, some done, some below others. The same for one seed. */
export function seedJira({ state, time, people }: JiraEmulator, count: number, seed = 1): void {
  const random = seededRandom(seed);
  const some = <T>(all: readonly T[]): T | undefined => all[Math.floor(random() * all.length)];
  const epics: string[] = [];
  const types = state.site.types.filter(({ level }) => level === 0);
  const epic = state.site.types.find(({ level }) => level === 1);
  for (let index = 0; index < count; index += 1) {
    const isEpic = epic !== undefined && random() < 0.05;
    const parent = !isEpic && random() < 0.2 ? some(epics) : undefined;
    const label = some(LABELS);
    const issue = state.create(some(people) ?? '', {
      type: (isEpic ? epic : some(types))?.id ?? '',
      summary: `${some(SUBJECTS)} ${some(TROUBLES)} (${index + 1})`,
      description: random() < 0.2 ? null : adfOf(`Seen on page ${index}.\n\nOnce more.`),
      labels: label !== undefined && random() < 0.5 ? [label] : [],
      assignee: random() < 0.3 ? (some(people) ?? null) : null,
      priority: String(1 + Math.floor(random() * state.site.priorities.length)),
      ...(parent === undefined ? {} : { parent }),
    });
    if (isEpic) epics.push(issue.id);
    const status = random() < 0.5 ? some(state.site.statuses) : undefined;
    if (status) state.change(issue.id, { status: status.id });
    time.advance(60_000 + Math.floor(random() * 3_600_000));
  }
}
