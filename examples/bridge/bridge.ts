import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import {
  createGithubEmulator,
  createLinearEmulator,
  serve,
  VirtualTime,
} from '@spec-kitty/tooling-emulators';

/*
 * Two trackers over one store, without credentials or network: GitHub and Linear are emulators on this machine, and the
 * commands are those of the command line, as you would type them in the folder `bridge-data` beside this file. The
 * connectors are those that this example's package.json names.
 */
const FOLDER = join(import.meta.dirname, 'bridge-data');
const BIN = join(
  dirname(createRequire(import.meta.url).resolve('@spec-kitty/tracker-cli/package.json')),
  'dist/main.js',
);
const COLORS = process.stdout.isTTY && !process.env['NO_COLOR'];
const styled = (code: number, text: string): string => (COLORS ? `\u001b[${code}m${text}\u001b[0m` : text);
const quoted = (word: string): string => (/^[\w./=:-]+$/.test(word) ? word : `'${word}'`);

function chapter(title: string, text: string): void {
  console.log(`\n${styled(1, title)}\n${text}`);
}

// The two live in one time, which goes on between the chapters.
const time = new VirtualTime(new Date(Date.now() - 7 * 86_400_000).toISOString());
const github = createGithubEmulator({ time, logins: ['ada', 'grace'] });
const linear = createLinearEmulator({ time });
await using githubServer = await serve(github);
await using linearServer = await serve(linear);
const environment = {
  ...process.env,
  GITHUB_TOKEN: github.token,
  LINEAR_API_KEY: linear.apiKey,
  // What is trusted here is trusted nowhere else.
  XDG_CONFIG_HOME: join(FOLDER, 'trust'),
};

/** Runs a command line and requires that it is done. */
async function run(args: string[]): Promise<string> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: FOLDER,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise((done) => child.on('close', done));
  const output = Buffer.concat(chunks).toString();
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

async function cli(...args: string[]): Promise<void> {
  console.log(`\n${styled(36, `$ spec-kitty-tracker ${args.map(quoted).join(' ')}`)}`);
  process.stdout.write(await run(args));
}

function require(condition: boolean, what: string): void {
  if (!condition) throw new Error(`this should be so: ${what}`);
  console.log(styled(32, `✓ ${what}`));
}

/** How many writes the two trackers have taken. */
const writes = (): number =>
  [github, linear].reduce((sum, { log }) => sum + log.all.filter(({ kind }) => kind === 'write').length, 0);

const titlesAtGithub = (): string[] => [...github.state.issues.values()].map(({ title }) => title).sort();
const titlesAtLinear = (): string[] =>
  linear
    .issues()
    .map(({ title }) => title)
    .sort();

const [ada = '', grace = ''] = linear.memberIds;
const bindings = {
  github: {
    connector: 'github',
    options: {
      owner: 'acme',
      repo: 'shop',
      token: '${' + 'env:GITHUB_TOKEN}',
      baseUrl: githubServer.url,
    },
  },
  linear: {
    connector: 'linear',
    options: {
      teamId: linear.teamId,
      apiKey: '${' + 'env:LINEAR_API_KEY}',
      baseUrl: linearServer.url,
    },
  },
};
const people = [
  { id: 'ada', ids: { 'github:acme/shop': 'ada', 'linear:linear': ada } },
  { id: 'grace', ids: { 'github:acme/shop': 'grace', 'linear:linear': grace } },
];

async function configure(config: object): Promise<void> {
  await writeFile(join(FOLDER, 'spec-kitty-tracker.json'), `${JSON.stringify(config, null, 2)}\n`);
}

const store = { path: 'issues.sqlite' };
await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
await configure({ store, bindings });
const coupon = github.state.create('ada', {
  title: 'Checkout rejects valid coupons',
  body: 'Since the last release.',
  assignees: [github.state.user('grace')?.id ?? ''],
});
github.state.create('grace', { title: 'Show delivery dates' });
linear.people.createIssue({ title: 'The map is slow', state: 'In Progress', priority: 2, assigneeId: ada });

chapter(
  'Set up',
  `In ${relative(process.cwd(), FOLDER)} is a config file with two bindings. Their addresses are not the vendors' own, so they have to be trusted once.`,
);
await cli('trust', '--yes');
await cli('connectors');

chapter('GitHub alone', 'The first pull reads everything; a pull that finds nothing new asks once.');
await cli('pull', 'github');
await cli('issues', 'edit', `acme/shop#${coupon.number + 1}`, '--status', 'in_progress');
await cli('sync', 'github', '--yes');
const labels = github.state
  .byNumber(coupon.number + 1)
  ?.labels.map((id) => github.state.labels.get(id)?.name);
require(labels?.join() === 'status: in progress', 'GitHub has no such status, so the issue wears its label');

chapter('Linear alone', 'The same commands, another binding.');
await cli('pull', 'linear');
await cli('sync', 'linear', '--yes');
await cli('issues', 'list');

chapter(
  'The bridge',
  'enrol: what is at one tracker is to be at the other, too. people: who is who. A plan shows it before it is done.',
);
await configure({
  store,
  bindings: {
    github: { ...bindings.github, enrol: { system: 'linear' } },
    linear: { ...bindings.linear, enrol: { system: 'github' } },
  },
  people,
});
time.advance(60_000);
await cli('plan');
await cli('sync', '--yes');
require(titlesAtLinear().includes(coupon.title), 'an issue made on GitHub is in Linear');
require(titlesAtGithub().includes('The map is slow'), 'an issue made in Linear is on GitHub');
const twin = linear.issues().find(({ title }) => title === coupon.title);
require(twin?.assigneeId === grace, 'and is still assigned to grace, who has another id there');

chapter(
  'Edits and comments',
  'In Linear, somebody begins it and gives it a name; on both sides, people talk about it.',
);
if (twin) {
  linear.people.edit(twin.id, { title: 'Coupons: valid ones are rejected', state: 'In Review' });
  linear.people.comment(twin.id, 'I can see it on the staging server.');
}
github.state.comment('grace', coupon.id, 'Happens with two coupons at once.');
time.advance(600_000);
await cli('sync', '--yes');
await cli('sync', '--yes');
require(github.state.issue(coupon.id).title ===
  'Coupons: valid ones are rejected', 'the new title is on GitHub');
require(github.state.comments.size === 1, 'comments stay where they were written');

chapter('Again', 'Nothing has changed, so nothing is written on either side.');
time.advance(600_000);
await run(['sync', '--yes']);
time.advance(600_000);
const before = writes();
await cli('sync');
require(writes() === before, 'another run wrote nothing');
require(titlesAtGithub().join() === titlesAtLinear().join(), 'both trackers hold the same issues, each once');
await cli('status');
