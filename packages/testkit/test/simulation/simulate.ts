import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type HistoryOptions, MET_KINDS } from '../../src/simulation/kinds.ts';
import { playAll, replayCommand, seeds } from './support/pool.ts';

/** `pnpm simulate`: plays as many histories as one likes, and tells what they met. */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    steps: { type: 'string', default: '60' },
    store: { type: 'string', default: 'memory' },
    threads: { type: 'string', default: String(availableParallelism()) },
    two: { type: 'boolean', default: false },
    replay: { type: 'string' },
    trace: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'skip-kept': { type: 'boolean', default: false },
  },
});

// A trace of more than one history could not be told apart.
if (values.trace && values.replay === undefined) values.seeds = '1';

const number = (name: 'seeds' | 'from' | 'steps' | 'threads'): number => {
  const read = Number(values[name]);
  if (Number.isInteger(read) && read > 0) return read;
  process.stderr.write(`--${name}: expected a number above 0, not ${values[name]}\n`);
  process.exit(2);
};

if (values.store !== 'memory' && values.store !== 'sqlite') {
  process.stderr.write(`--store: expected memory or sqlite, not ${values.store}\n`);
  process.exit(2);
}
const sqlite = values.store === 'sqlite';
const histories: HistoryOptions[] =
  values.replay === undefined
    ? seeds(number('from'), number('seeds'), { steps: number('steps'), ...(values.two ? { two: true } : {}) })
    : [JSON.parse(values.replay) as HistoryOptions];
const KEPT = new URL('../../simulation-failures.json', import.meta.url);
const kept = JSON.parse(readFileSync(KEPT, 'utf8')) as HistoryOptions[];
// What failed once is played first.
if (values.replay === undefined && !values['skip-kept']) histories.unshift(...kept);
const started = Date.now();
let shown = 0;
const {
  counts,
  failures,
  histories: played,
} = await playAll(
  histories,
  { sqlite, shrinks: values.replay === undefined, traces: values.trace },
  Math.min(number('threads'), histories.length),
  (done) => {
    if (Date.now() - shown < 1000) return;
    shown = Date.now();
    process.stderr.write(`\r${done} of ${histories.length}`);
  },
);
process.stderr.write('\r');
for (const [kind, times] of Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
  process.stdout.write(`${String(times).padStart(9)}  ${kind}\n`);
// Each is to be met a hundred times in ten thousand histories.
const rare = MET_KINDS.filter((kind) => (counts[kind] ?? 0) < played / 100);
if (played >= 1000 && rare.length > 0)
  process.stdout.write(`met by fewer than one history in a hundred: ${rare.join(', ')}\n`);
process.stdout.write(
  `${played} histories in ${((Date.now() - started) / 1000).toFixed(1)} s, ${failures.length} failed\n`,
);
for (const failure of failures) {
  process.stdout.write(`\n${failure.problems.join('\n')}\n  ${replayCommand(failure, sqlite)}\n`);
}
if (values.keep && failures.length > 0)
  writeFileSync(
    KEPT,
    `${JSON.stringify([...kept, ...failures.map(({ options }) => options)], undefined, 2)}\n`,
  );
process.exitCode = failures.length > 0 ? 1 : 0;
