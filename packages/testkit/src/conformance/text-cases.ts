import {
  type CanonicalIssue,
  fieldSupport,
  type IssueField,
  type IssuePatch,
  type TrackerCapabilities,
} from '@spec-kitty/tracker-core';
import { check, equal } from '../support/check.ts';
import { type ConnectorCase, writes } from './case.ts';
import { HOSTILE_TEXTS } from './hostile-texts.ts';
import { outcome, type World } from './world.ts';

/** What is patched, and how the text is found in what is read back. */
export interface TextPlace {
  field: IssueField;
  patch(text: string): IssuePatch;
}

export const PLACES: readonly TextPlace[] = [
  { field: 'title', patch: (text) => ({ title: text }) },
  { field: 'body', patch: (text) => ({ body: text }) },
  { field: 'labels', patch: (text) => ({ labels: [text] }) },
  { field: 'assignees', patch: (text) => ({ assignees: [text] }) },
  { field: 'customFields', patch: (text) => ({ customFields: { conformance: text } }) },
];

/** Stored as it is, or refused: a text that comes back as another one was changed silently. */
async function survives(world: World, { field, patch }: TextPlace, text: string): Promise<void> {
  const what = `${field} ${JSON.stringify(text)}`;
  const ref = await world.seedOne({ title: 'Plain' });
  const before = await world.get(ref);
  const done = await outcome(() => world.connector.updateIssue(ref, patch(text), { previous: before }));
  const after = await world.get(ref);
  const intact = (issue: CanonicalIssue, wanted: IssuePatch): boolean =>
    field === 'customFields'
      ? issue.customFields['conformance'] === wanted.customFields?.['conformance']
      : world.same(field, issue[field], wanted[field]);
  if ('code' in done) check(intact(after, before), `${what} was refused, and changed the field`);
  else if (world.support(field) === 'full') {
    check(intact(after, patch(text)), `${what} came back as ${JSON.stringify(after[field])}`);
  }
  const rest = (['title', 'body', 'status', 'labels'] as const).filter((name) => name !== field);
  for (const name of rest) {
    check(world.same(name, after[name], before[name]), `${what} changed ${name} as well`);
  }
}

export function textCases(capabilities: TrackerCapabilities): ConnectorCase[] {
  const held = PLACES.filter(({ field }) => fieldSupport(capabilities, field) !== 'none');
  const fields: ConnectorCase[] = held.map((place) => ({
    name: `hostile text in ${place.field} is stored as it is, or refused`,
    when: writes,
    async run(world) {
      for (const text of HOSTILE_TEXTS) await survives(world, place, text);
    },
  }));
  return [
    ...fields,
    {
      name: 'hostile text in a title is created as it is, or refused, and found again',
      when: writes,
      async run(world) {
        for (const title of HOSTILE_TEXTS) {
          const done = await outcome(() => world.connector.createIssue(world.draft({ title })));
          if ('code' in done) continue;
          const issue = world.verify(done.answer, 'createIssue');
          if (world.support('title') === 'full') {
            check(world.same('title', issue.title, title), `${JSON.stringify(title)}: ${issue.title}`);
          }
          equal(await world.get(issue.ref), issue, 'the issue read again');
        }
        await world.settle();
        await world.pages({ limit: world.pageSize(10) });
      },
    },
  ];
}
