import type { EnteredFields, Person } from '../person.ts';
import type { GitlabEmulator } from './gitlab-emulator.ts';
import type { IssueWrite } from './state.ts';

const STATUS_LABELS: Readonly<Record<string, string>> = {
  in_progress: 'status::in-progress',
  in_review: 'status::in-review',
  blocked: 'status::blocked',
  canceled: 'status::canceled',
};
const PRIORITY_LABELS = ['urgent', 'high', 'medium', 'low', 'lowest'].map((name) => `priority::${name}`);

/** Statuses and priorities are entered as the labels that stand for them by default; what is not entered is kept. */
function entered({ state }: GitlabEmulator, fields: EnteredFields, worn: readonly string[]): IssueWrite {
  const { title, body, status, assignees, labels, priority } = fields;
  const isClosed = status === 'done' || status === 'canceled';
  const kept = (prefix: string): string[] => worn.filter((label) => label.startsWith(prefix));
  const statusLabel = STATUS_LABELS[status ?? ''];
  const names = [
    ...(labels ?? worn.filter((one) => !/^(?:status|priority|type)::/.test(one))),
    ...(status === undefined ? kept('status::') : []),
    ...(priority === undefined ? kept('priority::') : []),
    ...kept('type::'),
    ...(statusLabel === undefined ? [] : [statusLabel]),
    ...(priority == null ? [] : [PRIORITY_LABELS[priority] ?? '']),
  ];
  return {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { description: body ?? '' }),
    ...(status === undefined ? {} : { state_event: isClosed ? ('close' as const) : ('reopen' as const) }),
    ...(assignees === undefined ? {} : { assignee_ids: assignees.map((name) => state.user(name).id) }),
    labels: names,
  };
}

/** A person who works at GitLab itself, in its first project: ids are the numbers of issues there. */
export function gitlabPerson(emulator: GitlabEmulator, username = 'ada'): Person {
  const { state } = emulator;
  return {
    create: (fields) =>
      String(state.create(username, { title: fields.title, ...entered(emulator, fields, []) }).iid),
    edit(id, fields) {
      const issue = state.byNumber(state.project, Number(id));
      state.change(issue.id, entered(emulator, fields, issue.labels));
    },
  };
}
