import { writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { type CommandAnswer, commandLine } from '../command-line.ts';
import { textOf } from '../hostile/exotic.ts';
import { hostileText, type Recipe } from '../hostile/json.ts';
import { mutationOf } from '../hostile/mutated.ts';
import { type DamagedText, damage, damagedText } from '../hostile/text.ts';
import { expectWords } from '../properties/outcome.ts';
import { type FuzzTarget, target } from '../target.ts';
import { type TemporaryFolder, temporaryFolder } from '../temporary-folder.ts';

const SECRET = 'hunter2-planted-secret';
const ENV = { SECRET_OF_TESTS: SECRET, HOME: SECRET, SPEC_KITTY_MEMORY_WEBHOOK_SECRET: SECRET };

const CONFIGS: readonly Recipe[] = [
  {
    store: { path: 'store.sqlite' },
    bindings: { app: { connector: 'memory', options: { file: 'tracker.json', workspace: 'app' } } },
  },
  {
    $schema: './x.json',
    store: { path: 'store.sqlite' },
    bindings: {
      app: {
        connector: 'memory',
        options: { workspace: 'app', webhookSecret: '$' + '{env:SECRET_OF_TESTS}' },
        policy: { mode: 'split_ownership', fieldOwners: { status: 'external' }, defaultOwner: 'shared' },
        strategy: {
          default: 'manual_review',
          fields: { title: 'local_wins', 'customFields.a': 'external_wins' },
        },
        filters: { status: ['todo'], labels: ['x'], queryText: 'y' },
        limits: { maxCreates: 5, maxUpdates: 5, maxDeletes: 0 },
        enrol: { status: 'todo', labels: ['x'] },
        deletions: 'close',
      },
      beads: {
        connector: 'beads',
        options: { exportFile: 'issues.jsonl' },
        policy: 'external_authoritative',
      },
    },
    people: [{ id: 'ada', ids: { 'memory:app': 'ada', 'beads:beads': 'a' } }],
  },
];

/** Paths are left alone: a mutated one could name a file of the machine. */
const namesOtherFiles = (text: string): boolean =>
  /"(?:path|file|exportFile)[^"]*"\s*:[^,}]*(?:[/\\]|\.\.)/.test(text);

/** C0 but new lines, DEL, C1, and what changes the direction of text or hides it. */
const UNSAFE = /(?!\n)\p{Cc}|[\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u;
const MOST_OUTPUT = 200_000;

function expectAnswer({ code, stdout, stderr }: CommandAnswer, json: boolean): void {
  if (![0, 1, 2, 3, 4].includes(code)) throw new Error(`it ended with ${code}`);
  for (const [name, text] of Object.entries({ stdout, stderr })) {
    if (text.includes(SECRET)) throw new Error(`${name} shows a secret`);
    const unsafe = UNSAFE.exec(text);
    if (unsafe)
      throw new Error(
        `${name} holds U+${unsafe[0].charCodeAt(0).toString(16)}: ${JSON.stringify(text.slice(0, 300))}`,
      );
    if (text.length > MOST_OUTPUT) throw new Error(`${name} is ${text.length} characters long`);
    if (/\[internal\]|"code":\s*"internal"/.test(text))
      throw new Error(`it failed without a code: ${text.slice(0, 500)}`);
  }
  if (!json || stdout === '') return;
  const { error } = JSON.parse(stdout) as { error?: { message: string; code: string } };
  if (error) {
    expectWords('the message', error.message);
    expectWords('the code', error.code);
  }
}

async function expectConfig(config: Buffer, command: string[]): Promise<void> {
  if (namesOtherFiles(config.toString('latin1'))) return;
  await using folder = await temporaryFolder();
  await writeFile(folder.file('spec-kitty-tracker.json'), config);
  await writeFile(folder.file('issues.jsonl'), '{"id":"bd-1","title":"One"}\n');
  expectAnswer(await commandLine([...command, '--json'], { cwd: folder.path, env: ENV }), true);
  expectAnswer(await commandLine(command, { cwd: folder.path, env: ENV }), false);
}

const COMMANDS = [['pull'], ['status'], ['plan', 'app'], ['issues', 'list'], ['connectors']];
const command = fc.constantFrom(...COMMANDS);

const WORDS = [
  'pull',
  'push',
  'sync',
  'plan',
  'status',
  'issues',
  'list',
  'show',
  'create',
  'edit',
  'conflicts',
  'resolve',
  'enrol',
  'export',
  'import',
  'link',
  'unlink',
  'connectors',
  'app',
  'other',
  '1',
  'APP-1',
  'memory:app:1',
  '--json',
  '--config',
  '--title',
  '--body',
  '--body-file',
  '--status',
  'todo',
  '--type',
  'bug',
  '--priority',
  '2',
  '--label',
  '--remove-label',
  '--assignee',
  '--parent',
  '--no-parent',
  '--field',
  'a=1',
  'a=',
  'a={"b":[',
  '__proto__=1',
  '--limit',
  '--text',
  '--full',
  '--yes',
  '--all',
  '--from',
  '--value',
  '{"a":1}',
  '--local',
  '--external',
  '--time-budget',
  '-',
  '--',
  '--help',
  '--version',
  '--no-color',
]; // prettier-ignore

const argument = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: hostileText.filter((text) => !/[/\\]|\.\./.test(text)) },
);

/** Commands that are nearly right, with a word or two put in. */
const LINES: readonly string[][] = [
  ['issues', 'create', '--title', 'x', '--label', 'y', '--field', 'a=1'],
  ['issues', 'edit', '1', '--title', 'x', '--priority', '2', '--parent', '2'],
  ['issues', 'list', '--status', 'todo', '--label', 'x', '--text', 'y', '--limit', '5'],
  ['issues', 'show', '1'],
  ['conflicts', 'list'],
  ['conflicts', 'resolve', 'abcd', '--value', '{"a":1}'],
  ['pull', 'app', '--full'],
  ['sync', 'app', '--yes'],
  ['enrol', 'app', '--all'],
  ['export', '--binding', 'app'],
];

const lines = fc.oneof(
  fc.array(argument, { maxLength: 6 }),
  fc
    .tuple(fc.constantFrom(...LINES), fc.array(fc.tuple(fc.nat({ max: 8 }), argument), { maxLength: 3 }))
    .map(([line, changes]) => {
      const words = [...line];
      for (const [at, word] of changes) words[at % (words.length + 1)] = word;
      return words;
    }),
);

async function prepared(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  await writeFile(folder.file('spec-kitty-tracker.json'), textOf(CONFIGS[0]));
  return folder;
}

async function expectLine({ words, json }: { words: string[]; json: boolean }): Promise<void> {
  await using folder = await prepared();
  const environment = { cwd: folder.path, env: ENV };
  await commandLine(['issues', 'create', '--title', 'one \u202e\u001b[31m', '--field', 'a=1'], environment);
  const args = json ? ['--json', ...words] : words;
  const answer = await commandLine(args, environment);
  // Help and exports have a format of their own.
  const isDocument =
    json && !words.some((word) => ['--help', '-h', '--version', 'export', '--'].includes(word));
  expectAnswer(answer, isDocument);
}

const ISSUE_LINES: readonly Recipe[] = [
  { ref: { system: 'memory', workspace: 'app', id: '1' }, title: 'One' },
  {
    ref: { system: 'memory', workspace: 'app', id: '2', key: 'APP-2', url: 'https://app.example/2' },
    title: 'Two',
    body: 'words\nof it',
    status: 'in_progress',
    issueType: 'bug',
    priority: 1,
    assignees: ['ada'],
    labels: ['x', 'y'],
    parent: { system: 'memory', workspace: 'app', id: '1' },
    links: [{ type: 'blocks', target: { system: 'memory', workspace: 'app', id: '3' } }],
    customFields: { a: [1, { b: null }] },
    createdAt: '2026-01-02T03:04:05.000Z',
    updatedAt: '2026-01-02T03:04:05+01:00',
    refs: [
      {
        system: 'memory',
        workspace: 'app',
        id: '2',
        key: 'APP-2',
        url: 'https://app.example/2',
        scope: 'app',
      },
      { system: 'memory', workspace: 'other', id: 'draft:5', scope: 'team' },
    ],
    aliases: { 'memory:app:draft%3A9': 'memory:app:2' },
  },
];

/** Where a line is bad nothing is written; what is taken can be exported, and then imported without a change. */
async function expectImport(input: Uint8Array): Promise<void> {
  await using folder = await prepared();
  const environment = { cwd: folder.path, env: ENV };
  const exported = async (): Promise<string> => (await commandLine(['export'], environment)).stdout;
  const answer = await commandLine(['import', '-', '--json'], { ...environment, input });
  expectAnswer(answer, true);
  if (answer.code !== 0 && (await exported()) !== '') throw new Error('half of it was written');
  const rest = await commandLine(['import', '-', '--skip-bad'], { ...environment, input });
  expectAnswer(rest, false);
  const lines = await exported();
  const again = await commandLine(['import', '-', '--json'], { ...environment, input: Buffer.from(lines) });
  expectAnswer(again, true);
  const { counts } = JSON.parse(again.stdout) as { counts: Record<string, number> };
  if (again.code !== 0 || counts['left'] !== counts['lines'])
    throw new Error(`what was exported is not what is there: ${again.stdout.slice(0, 500)}`);
  if ((await exported()) !== lines) throw new Error('an import of an export changed the store');
}

export const cliTargets: readonly FuzzTarget[] = [
  target({
    name: 'cli-config',
    runs: 80,
    input: fc.record({ config: mutationOf(CONFIGS, 'json'), command }),
    check: ({ config, command: words }) => expectConfig(Buffer.from(textOf(config)), words),
  }),
  target({
    name: 'cli-config-bytes',
    runs: 80,
    input: fc.record({ text: damagedText(CONFIGS.length), command }),
    check: ({ text, command: words }: { text: DamagedText; command: string[] }) =>
      expectConfig(damage(Buffer.from(textOf(CONFIGS[text.base])), text), words),
  }),
  target({
    name: 'cli-arguments',
    runs: 120,
    input: fc.record({ words: lines, json: fc.boolean() }),
    check: expectLine,
  }),
  target({
    name: 'cli-import',
    runs: 80,
    input: mutationOf(ISSUE_LINES, 'json'),
    check: (recipe) => expectImport(Buffer.from(`${textOf(ISSUE_LINES[0])}\n${textOf(recipe)}\n`)),
  }),
  target({
    name: 'cli-import-bytes',
    runs: 80,
    input: damagedText(1),
    check: (text: DamagedText) =>
      expectImport(damage(Buffer.from(ISSUE_LINES.map((line) => `${textOf(line)}\n`).join('')), text)),
  }),
];
