import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import {
  canonicalIssue,
  type ExternalRef,
  type IssueFields,
  type IssuePatch,
} from '@spec-kitty/tracker-core';
import { InMemoryConnector } from '@spec-kitty/tracker-memory';

/*
 * A complete sync without credentials or network. The tracker is the memory connector with a file; the commands are
 * those of the command line, as you would type them in the folder `quickstart-data`.
 */
const FOLDER = resolve('quickstart-data');
const TRACKER_FILE = join(FOLDER, 'tracker.json');
const WORKSPACE = 'shop';
const BIN = join(
  dirname(createRequire(import.meta.url).resolve('@spec-kitty/tracker-cli/package.json')),
  'dist/main.js',
);
const COLORS = process.stdout.isTTY && !process.env['NO_COLOR'];

const styled = (code: number, text: string): string => (COLORS ? `\u001b[${code}m${text}\u001b[0m` : text);

function chapter(title: string, text: string): void {
  console.log(`\n${styled(1, title)}\n${text}`);
}

/** Quoted as a shell wants it, so that the line can be copied. */
const quoted = (word: string): string => (/^[\w./=-]+$/.test(word) ? word : `'${word}'`);

/** Shows a command line, runs it, and requires the exit code that the story expects. */
function cli(args: string[], expected = 0): void {
  console.log(`\n${styled(36, `$ spec-kitty-tracker ${args.map(quoted).join(' ')}`)}`);
  const { status } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: FOLDER,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== expected) throw new Error(`the command ended with ${status} instead of ${expected}`);
  if (expected !== 0) console.log(styled(2, `(exit code ${expected})`));
}

/** The same for a program: with --json, the result is one document. */
function answer(args: string[]): unknown {
  const { stdout } = spawnSync(process.execPath, [BIN, ...args, '--json'], { cwd: FOLDER, encoding: 'utf8' });
  return JSON.parse(stdout);
}

function firstConflict(): string {
  const { conflicts } = answer(['conflicts', 'list']) as { conflicts: { id: string }[] };
  const id = conflicts[0]?.id;
  if (id === undefined) throw new Error('there should be a conflict');
  return id.slice(0, 8);
}

/** What people do at the tracker. */
async function atTheTracker<T>(work: (tracker: InMemoryConnector) => Promise<T>): Promise<T> {
  await using tracker = new InMemoryConnector({ file: TRACKER_FILE, workspace: WORKSPACE }, {}, undefined, {
    account: 'person',
  });
  return work(tracker);
}

async function fill(): Promise<Map<string, ExternalRef>> {
  const samples: (Partial<IssueFields> & { title: string })[] = [
    { title: 'Checkout rejects valid coupons', issueType: 'bug', priority: 1, labels: ['checkout'] },
    { title: 'Show delivery dates in the basket', issueType: 'story', priority: 2, labels: ['basket'] },
    {
      title: 'Search ignores umlauts',
      issueType: 'bug',
      status: 'in_progress',
      priority: 2,
      labels: ['search'],
    },
    {
      title: 'Upgrade the payment library',
      issueType: 'chore',
      priority: 3,
      labels: ['checkout', 'maintenance'],
    },
  ];
  return atTheTracker(async (tracker) => {
    const refs = new Map<string, ExternalRef>();
    for (const sample of samples) {
      const ref = { system: tracker.name, workspace: WORKSPACE, id: sample.title };
      const made = await tracker.createIssue(canonicalIssue({ ...sample, ref }));
      refs.set(made.ref.key ?? made.ref.id, made.ref);
    }
    return refs;
  });
}

async function editAtTheTracker(ref: ExternalRef | undefined, patch: IssuePatch): Promise<void> {
  if (!ref) throw new Error('the sample tracker lacks an issue');
  await atTheTracker((tracker) => tracker.updateIssue(ref, patch));
}

const config = {
  store: { path: 'issues.sqlite' },
  bindings: {
    shop: {
      connector: 'memory',
      options: { workspace: WORKSPACE, file: 'tracker.json' },
      policy: { mode: 'split_ownership', defaultOwner: 'shared' },
      strategy: 'manual_review',
    },
  },
};

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
await writeFile(join(FOLDER, 'spec-kitty-tracker.json'), `${JSON.stringify(config, null, 2)}\n`);
const refs = await fill();

chapter(
  'Set up',
  `Everything is in ${relative(process.cwd(), FOLDER)}: a config file with one binding, "shop", and a sample tracker (a JSON file).`,
);
cli(['connectors']);

chapter('Bring the issues here', 'The first pull reads everything; the store is a SQLite file.');
cli(['pull', 'shop']);
cli(['issues', 'list']);

chapter(
  'Edit on both sides',
  'At the tracker, SHOP-1 goes into review and gets a label. Here, SHOP-2 is begun and an issue is new.',
);
await editAtTheTracker(refs.get('SHOP-1'), { status: 'in_review', labels: ['checkout', 'urgent'] });
cli(['issues', 'edit', 'SHOP-2', '--status', 'in_progress', '--label', 'delivery']);
cli(['issues', 'create', '--title', 'Explain returns on the help page', '--type', 'task']);

chapter('Sync', 'A plan shows what a sync would do. On a terminal the first one asks; --yes answers.');
cli(['plan', 'shop']);
cli(['sync', 'shop', '--yes']);

chapter(
  'A conflict',
  'Both sides give SHOP-3 another title. The binding says manual_review, so a person decides: exit code 3.',
);
await editAtTheTracker(refs.get('SHOP-3'), { title: 'Search finds nothing with umlauts' });
cli(['issues', 'edit', 'SHOP-3', '--title', 'Search must fold umlauts']);
cli(['sync', 'shop'], 3);
const conflict = firstConflict();
cli(['conflicts', 'show', conflict]);
cli(['conflicts', 'resolve', conflict, '--local']);
cli(['sync', 'shop']);

chapter('Again', 'Nothing has changed, so nothing is written on either side.');
cli(['sync', 'shop']);
cli(['issues', 'list']);
cli(['status']);

const next: [string, string][] = [
  ['issues show SHOP-1', 'one issue with all its fields'],
  ['issues edit SHOP-4 --status done', 'an edit that the next sync sends'],
  ['conflicts list --all', 'what was decided, and how'],
  ['export --output issues.jsonl', 'every issue as JSON Lines'],
  ['sync --json', 'the same for programs'],
  ['--help', 'all commands'],
];
const wide = Math.max(...next.map(([command]) => command.length));
chapter(
  'What to try next',
  `In ${relative(process.cwd(), FOLDER)}, with this in place of spec-kitty-tracker:`,
);
// The workspace brings its own Node; the one of the machine may be too old.
const own = resolve('node_modules/.bin/node');
const node = existsSync(own) ? relative(FOLDER, own) : 'node';
console.log(`  ${styled(36, `${node} ${relative(FOLDER, BIN)}`)}\n`);
for (const [command, meaning] of next) console.log(`  ${styled(36, command.padEnd(wide))}  ${meaning}`);
