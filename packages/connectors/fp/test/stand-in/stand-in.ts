import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal, read, type Typed } from './arguments.ts';
import { load, newId, printsJson, type State, type StoredIssue, save, tick } from './state.ts';

/** What one call of the command did. */
export interface Answer {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** It was done, and nobody is told. */
  dies?: boolean;
}

const PRIORITIES = ['critical', 'high', 'medium', 'low'];
const FIELDS = ['title', 'description', 'parent', 'depends', 'priority', 'property'];

/**
 * fp as its transcripts show it, as strict as they are: options that it does not know, statuses, priorities and properties
 * that it does not have, and issues that are not there are refused in its words. What it keeps is a file in `home`.
 */
export function runStandIn(args: readonly string[], home: string, cwd: string): Answer {
  const state = load(home);
  try {
    if (args.join(' ') === '--version') return done(`${state.settings.version}\n`);
    if (!existsSync(join(cwd, '.fp'))) throw new Refusal('.fp directory not found');
    const words = args[0] === 'issue' || args[0] === 'comment' ? args.slice(0, 2) : args.slice(0, 1);
    const command = COMMANDS[words.join(' ')];
    if (!command) throw new Refusal(`error: unknown command '${words.join(' ')}'`);
    const stdout = command(state, args.slice(words.length));
    save(home, state);
    return { ...done(stdout), ...(state.settings.dieAfter === words.join(' ') ? { dies: true } : {}) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { exitCode: 1, stdout: '', stderr: `${error.message}\n` };
  }
}

const done = (stdout: string): Answer => ({ exitCode: 0, stdout, stderr: '' });

const COMMANDS: Record<string, ((state: State, args: readonly string[]) => string) | undefined> = {
  'issue list': (state, args) => {
    const typed = readFor(state, args, ['status', 'limit']);
    const { issues } = state;
    if (!typed.options.has('format')) return `${tree(state, null, '').join('\n')}\n`;
    const limit = Number(typed.options.get('limit')?.[0] ?? 50);
    return json({ issues: issues.slice(0, limit).map((issue) => listed(state, issue)) });
  },
  'issue show': (state, args) => {
    const typed = readFor(state, args, []);
    const issue = named(state, typed.alone[0]);
    const { shortId, ...shown } = listed(state, issue);
    const comments = state.comments.filter(({ issueId }) => issueId === issue.id);
    return typed.options.has('format')
      ? json({ ...shown, displayId: `FP-${shortId}`, revisions: [], author: 'ada', comments })
      : `${line(issue)}\n`;
  },
  'issue create': (state, args) => {
    const typed = readFor(state, args, FIELDS);
    const now = tick(state);
    const issue: StoredIssue = {
      id: newId(state),
      number: state.issues.length + 1,
      title: '',
      description: '',
      status: 'todo',
      priority: null,
      parent: null,
      dependencies: [],
      createdAt: now,
      updatedAt: now,
      properties: {},
    };
    change(state, issue, typed);
    if (issue.title === '') throw new Refusal('error: title is required');
    state.issues.push(issue);
    const { id, title, status, parent } = issue;
    const shortId = id.slice(0, 8);
    return typed.options.has('format')
      ? json({ id, shortId, displayId: `FP-${shortId}`, title, status, parent })
      : 'Created\n';
  },
  'issue update': (state, args) => {
    const typed = readFor(state, args, [...FIELDS, 'status']);
    const issue = named(state, typed.alone[0]);
    change(state, issue, typed);
    issue.updatedAt = tick(state);
    return 'Updated\n';
  },
  'comment add': (state, args) => {
    const typed = readFor(state, args, ['file']);
    const issue = named(state, typed.alone[0]);
    const file = typed.options.get('file')?.[0];
    const content = (file === undefined ? (typed.alone[1] ?? '') : readFileSync(file, 'utf8')).trim();
    issue.updatedAt = tick(state);
    const { id: issueId, updatedAt: createdAt } = issue;
    state.comments.push({ id: newId(state), issueId, author: 'ada', content, createdAt });
    return 'Added\n';
  },
};

function readFor(state: State, args: readonly string[], known: readonly string[]): Typed {
  const json = printsJson(state.settings) ? ['format'] : [];
  return read(args, [...known.filter((name) => name !== 'limit' || json.length > 0), ...json]);
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** By its id, a beginning of it that no other id has, or the number that people see. */
function named(state: State, name = ''): StoredIssue {
  const text = name.replace(/^FP-/, '');
  const found = state.issues.filter(
    ({ id, number }) => id === name || (text !== '' && id.startsWith(text)) || `FP-${number}` === name,
  );
  const [issue, ...others] = found;
  if (!issue || others.length > 0) throw new Refusal(`Issue ${name} not found`);
  return issue;
}

function change(state: State, issue: StoredIssue, { options }: Typed): void {
  const one = (name: string): string | undefined => {
    const value = options.get(name)?.at(-1)?.trim();
    return value === '' && state.settings.keepsWhatIsEmptied ? undefined : value;
  };
  const [status, priority, parent, depends] = ['status', 'priority', 'parent', 'depends'].map(one);
  const next: StoredIssue = {
    ...issue,
    title: one('title') ?? issue.title,
    description: one('description') ?? issue.description,
    properties: { ...issue.properties },
  };
  if (status !== undefined) {
    const known = ['todo', 'in-progress', 'done', ...state.settings.statuses];
    if (!known.includes(status)) throw new Refusal(`Invalid status: ${status}`);
    next.status = status;
  }
  if (priority !== undefined) {
    if (priority !== '' && !PRIORITIES.includes(priority)) throw new Refusal(`Invalid priority: ${priority}`);
    next.priority = priority === '' ? null : priority;
  }
  if (parent !== undefined) next.parent = parent === '' ? null : named(state, parent).id;
  if (depends !== undefined) {
    const names = depends.split(',').filter((name) => name !== '');
    next.dependencies = [...new Set(names.map((name) => named(state, name).id))];
  }
  for (const property of options.get('property') ?? []) {
    const [name = '', ...rest] = property.split('=');
    if (!state.settings.registered.includes(name)) throw new Refusal('Property is not registered');
    const value = rest.join('=').trim();
    delete next.properties[name];
    if (value !== '') next.properties[name] = value.split(',').map((word) => word.trim());
  }
  Object.assign(issue, next);
  if (!Object.hasOwn(next.properties, 'labels')) delete issue.properties['labels'];
}

function listed(state: State, issue: StoredIssue): Record<string, unknown> & { shortId: string } {
  const { number: _, properties, ...told } = issue;
  return {
    ...told,
    shortId: issue.id.slice(0, 8),
    ...(state.settings.showsProperties ? { properties } : {}),
  };
}

/** The number is what older versions name an issue by. */
function line({ number, status, priority, title }: StoredIssue): string {
  return `FP-${number} [${status}] ${priority === null ? '' : `[${priority}] `}${title}`;
}

function tree(state: State, parent: string | null, indent: string): string[] {
  const children = state.issues.filter((issue) => issue.parent === parent);
  return children.flatMap((issue, index) => {
    const last = index === children.length - 1;
    const top = parent === null;
    const own = top ? '' : `${indent}${last ? '└── ' : '├── '}`;
    const below = top ? '' : `${indent}${last ? '    ' : '│   '}`;
    return [`${own}${line(issue)}`, ...tree(state, issue.id, below)];
  });
}
