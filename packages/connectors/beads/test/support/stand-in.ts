import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '@spec-kitty/tracker-core';

export type Version = '0.47.1' | '1.3.0';

export interface Row extends JsonObject {
  id: string;
  title: string;
  status: string;
  updated_at: string;
  labels: string[];
  dependencies: { issue_id: string; depends_on_id: string; type: string }[];
}

export interface State {
  version: Version;
  rows: Row[];
  /** Counts changes; the time is made of it. */
  ticks: number;
}

export interface Answer {
  exitCode: number;
  stdout: string;
  stderr: string;
}

class Refusal extends Error {}

const fileIn = (folder: string): string => join(folder, 'state.json');

export function load(folder: string): State {
  const file = fileIn(folder);
  if (!existsSync(file)) throw new Refusal('Error: no beads database found');
  // It is our own file.
  return JSON.parse(readFileSync(file, 'utf8')) as State;
}

/** Whole or not at all. */
export function save(folder: string, state: State): void {
  writeFileSync(`${fileIn(folder)}.new`, JSON.stringify(state));
  renameSync(`${fileIn(folder)}.new`, fileIn(folder));
}

/** The next moment: 1.x keeps whole seconds. */
export function tick(state: State): string {
  state.ticks += 1;
  const start = Date.parse('2026-01-01T00:00:00.000Z');
  if (state.version === '0.47.1') return new Date(start + state.ticks).toISOString();
  return new Date(start + state.ticks * 2000).toISOString().replace('.000', '');
}

/**
 * bd as its two lines are known to behave, as strict as they are: what they do not know is refused in their words.
 * What it keeps is a file in `folder`.
 */
export function runStandIn(args: readonly string[], input: string, folder: string): Answer {
  try {
    const state = load(folder);
    const words = ['config', 'dep', 'label', 'comments'].includes(args[0] ?? '')
      ? args.slice(0, 2)
      : args.slice(0, 1);
    const command = COMMANDS[words.join(' ')];
    if (!command) throw new Refusal(`Error: unknown command "${words.join(' ')}" for "bd"`);
    const answer = command(state, args.slice(words.length), input);
    save(folder, state);
    return typeof answer === 'string' ? { exitCode: 0, stdout: answer, stderr: '' } : answer;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { exitCode: 1, stdout: '', stderr: `${error.message}\n` };
  }
}

type Command = (state: State, args: readonly string[], input: string) => string | Answer;

/** Flags as `--name=value` or `--name`; after `--` everything stands alone. */
function read(
  args: readonly string[],
  known: readonly string[],
): { flags: Map<string, string>; alone: string[] } {
  const flags = new Map<string, string>();
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  const alone = end < 0 ? [] : args.slice(end + 1);
  const first: string[] = [];
  for (const argument of before) {
    if (!argument.startsWith('-') || argument === '-') {
      first.push(argument);
      continue;
    }
    const [, name = '', value = ''] = /^--([a-z-]+)(?:=([\s\S]*))?$/.exec(argument) ?? [];
    if (!known.includes(name)) throw new Refusal(`Error: unknown flag: ${argument.split('=')[0]}`);
    flags.set(name, value);
  }
  return { flags, alone: [...first, ...alone] };
}

function named(state: State, id = ''): Row {
  const row = state.rows.find((one) => one.id === id);
  if (row) return row;
  throw new Refusal(`Error: no issue found matching "${id}"`);
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

const COMMANDS: Record<string, Command | undefined> = {
  version: (state, args) => {
    read(args, ['json']);
    return json({ version: state.version, build: 'stand-in' });
  },
  'config get': (_state, args) => {
    const [key = ''] = read(args, ['json']).alone;
    return json({ key, value: key === 'issue_prefix' ? 'sk' : '' });
  },
  export: (state, args) => {
    read(args, []);
    return [...state.rows]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(json)
      .join('');
  },
  import: (state, args, input) => {
    const { alone } = read(args, ['json']);
    if (state.version === '0.47.1' && alone.length > 0)
      throw new Refusal('Error: Unexpected argument(s): [-]');
    if (state.version === '1.3.0' && alone[0] !== '-') throw new Refusal('Error: open .beads/issues.jsonl');
    importInto(state, input);
    return '';
  },
  update: (state, args) => {
    const { flags, alone } = read(args, ['json', 'status', 'title']);
    const failed = alone.flatMap((id) => {
      const row = state.rows.find((one) => one.id === id);
      const refusal = row ? guardOf(state, row, flags.get('status')) : `no issue found matching "${id}"`;
      if (!row || refusal !== undefined) return [`Error updating ${id}: ${refusal}`];
      for (const [name, value] of flags) if (name !== 'json') row[name] = value;
      row.updated_at = tick(state);
      if (row.status === 'in_progress' && state.version === '1.3.0') row['started_at'] ??= row.updated_at;
      if (row.status === 'closed') row['closed_at'] = row.updated_at;
      else delete row['closed_at'];
      return [];
    });
    // 0.47 ends with 0 also where it found no issue.
    const exitCode = state.version === '1.3.0' && failed.length > 0 ? 1 : 0;
    return { exitCode, stdout: '[]\n', stderr: failed.map((line) => `${line}\n`).join('') };
  },
  'label remove': (state, args) => {
    const { alone } = read(args, ['json']);
    const label = alone.at(-1);
    for (const id of alone.slice(0, -1)) {
      const row = named(state, id);
      row.labels = row.labels.filter((one) => one !== label);
    }
    return '[]\n';
  },
  'dep add': (state, args) => {
    const { flags, alone } = read(args, ['json', 'type']);
    const [row, target] = [named(state, alone[0]), named(state, alone[1])];
    const type = flags.get('type') ?? 'blocks';
    const between = row.dependencies.filter(({ depends_on_id }) => depends_on_id === target.id);
    // 0.47 holds edges of several types between two issues, 1.x one.
    const [other] = between.filter((edge) => edge.type !== type);
    if (state.version === '1.3.0' && other?.type === 'parent-child')
      throw new Refusal(`cannot add dependency: ${row.id} is already a child of ${target.id}`);
    if (state.version === '1.3.0' && other)
      throw new Refusal(`dependency ${row.id} -> ${target.id} already exists with type "${other.type}"`);
    const held = between.find((edge) => edge.type === type);
    if (!held) row.dependencies.push({ issue_id: row.id, depends_on_id: target.id, type });
    return json({ status: 'added' });
  },
  'dep remove': (state, args) => {
    const { alone } = read(args, ['json']);
    const row = named(state, alone[0]);
    row.dependencies = row.dependencies.filter(({ depends_on_id }) => depends_on_id !== alone[1]);
    return json({ status: 'removed' });
  },
  batch: (state, args, input) => {
    read(args, ['json']);
    if (state.version === '0.47.1') throw new Refusal('Error: unknown command "batch" for "bd"');
    for (const line of input.split('\n').filter((one) => one !== '')) {
      const [, from, to] = /^dep remove "((?:[^"\\]|\\["\\])+)" "((?:[^"\\]|\\["\\])+)"$/.exec(line) ?? [];
      if (from === undefined || to === undefined) throw new Refusal(`Error: unsupported: ${line}`);
      const row = state.rows.find(({ id }) => id === from);
      if (row) row.dependencies = row.dependencies.filter(({ depends_on_id }) => depends_on_id !== to);
    }
    return json({ operations: 1 });
  },
  'comments add': (state, args) => {
    const { flags, alone } = read(args, ['json', 'file']);
    const row = named(state, alone[0]);
    const held = Array.isArray(row['comments']) ? row['comments'] : [];
    const text = readFileSync(flags.get('file') ?? '', 'utf8');
    row['comments'] = [...held, { id: held.length + 1, text }];
    return json({});
  },
};

/** 1.3 closes nothing that has open children or waits for something that is open. */
function guardOf(state: State, row: Row, status: string | undefined): string | undefined {
  if (state.version === '0.47.1' || status !== 'closed') return undefined;
  const isOpen = (id: string): boolean => state.rows.some((one) => one.id === id && one.status !== 'closed');
  const children = state.rows.filter(({ dependencies }) =>
    dependencies.some(({ type, depends_on_id }) => type === 'parent-child' && depends_on_id === row.id),
  );
  const open = children.filter(({ id }) => isOpen(id)).length;
  if (open > 0) return `cannot close ${row.id}: ${open} open child issue(s); close children first`;
  const waits = row.dependencies.some(
    ({ type, depends_on_id }) => type === 'blocks' && isOpen(depends_on_id),
  );
  return waits ? `cannot close ${row.id}: it is blocked` : undefined;
}

const CONTENT = ['title', 'description', 'status', 'priority', 'issue_type', 'assignee', 'source_system'];
const contentOf = (row: JsonObject): string => CONTENT.map((name) => row[name] ?? '').join('\n');
const TYPES = ['task', 'bug', 'feature', 'epic', 'chore'];

function importInto(state: State, input: string): void {
  const rows = input
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
  const fresh = rows.filter(({ id }) => state.rows.every((one) => one.id !== id));
  for (const [index, row] of fresh.entries()) {
    const refuse = (what: string): never => {
      throw new Refusal(
        `Import failed: error creating depth-0 issues: validation failed for issue ${index}: ${what}`,
      );
    };
    if (!TYPES.includes(String(row['issue_type']))) refuse(`invalid issue type: ${row['issue_type']}`);
    if (row.title.startsWith('refuse')) refuse(`invalid status: ${row.status}`);
    if (!row.id.startsWith('sk-')) throw new Refusal('Import failed: prefix mismatch detected');
  }
  for (const { source_system, ...given } of rows) {
    const same = state.rows.find(
      (one) => contentOf(one) === contentOf({ ...given, source_system: source_system ?? '' }),
    );
    // What 0.47 takes for a rename.
    if (state.version === '0.47.1' && same && same.id !== given.id) {
      same.id = given.id;
      continue;
    }
    const held = state.rows.find(({ id }) => id === given.id);
    const { labels = [], dependencies = [], ...fields } = given;
    const row = held ?? ({ ...fields, labels: [], dependencies: [] } as Row);
    if (!held) state.rows.push(row);
    else if (Date.parse(given.updated_at) > Date.parse(held.updated_at)) {
      delete held['closed_at'];
      Object.assign(held, fields, state.version === '0.47.1' ? { updated_at: tick(state) } : {});
    }
    row.labels = [...new Set([...row.labels, ...labels])];
    for (const edge of dependencies) {
      const there = row.dependencies.some(({ depends_on_id }) => depends_on_id === edge.depends_on_id);
      const known = [...rows, ...state.rows].some(({ id }) => id === edge.depends_on_id);
      if (!there && known) row.dependencies.push({ ...edge, issue_id: row.id });
    }
  }
}
