import type { EnteredFields, Person } from '../person.ts';
import type { GithubEmulator } from './github-emulator.ts';
import type { GithubIssue } from './state.ts';

const STATUS_LABELS: Readonly<Record<string, string>> = {
  in_progress: 'status: in progress',
  in_review: 'status: in review',
  blocked: 'status: blocked',
};
const PRIORITY_LABELS = [
  'priority: urgent',
  'priority: high',
  'priority: medium',
  'priority: low',
  'priority: lowest',
];

/** Statuses and priorities are entered as the labels that stand for them by default. */
function entered({ state }: GithubEmulator, fields: EnteredFields): Partial<GithubIssue> {
  const { title, body, status, assignees, labels, priority, parent } = fields;
  const closed = status === 'done' || status === 'canceled';
  const statusLabel = STATUS_LABELS[status ?? ''];
  const priorityLabel = PRIORITY_LABELS[priority ?? -1];
  const names = [
    ...(labels ?? []),
    ...(statusLabel ? [statusLabel] : []),
    ...(priorityLabel ? [priorityLabel] : []),
  ];
  const ids = names.map((name) => (state.labelNamed(name) ?? state.createLabel(name, 'ededed')).id);
  return {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body: body ?? '' }),
    ...(closed ? { state: 'CLOSED', stateReason: status === 'done' ? 'COMPLETED' : 'NOT_PLANNED' } : {}),
    ...(labels === undefined && ids.length === 0 ? {} : { labels: ids }),
    ...(assignees === undefined
      ? {}
      : { assignees: assignees.map((login) => state.user(login)?.id ?? login) }),
    ...(parent === undefined ? {} : { parent: parent?.id ?? null }),
  };
}

/** A person who works at GitHub itself: not the one whose token it is. */
export function githubPerson(emulator: GithubEmulator, login = 'ada'): Person {
  return {
    create: (fields) =>
      emulator.state.create(login, { title: fields.title, ...entered(emulator, fields) }).id,
    edit: (id, fields) => void emulator.state.change(id, entered(emulator, fields)),
  };
}
