import { parseOptions } from './options.ts';
import { replayCommand } from './replay-command.ts';
import { TARGETS } from './targets.ts';

const options = parseOptions(
  process.argv.slice(2),
  TARGETS.map(({ name }) => name),
);
const chosen = TARGETS.filter(({ name }) => options.targets.length === 0 || options.targets.includes(name));
let failed = 0;
let total = 0;

for (const target of chosen) {
  const runs = options.runs ?? target.runs;
  const { seed, path } = options;
  let begun = 0;
  let shown = Date.now();
  const started = Date.now();
  // Before the first run: of a search that hangs, the last line says which it was.
  process.stderr.write(`${target.name}: ${runs} runs, seed ${seed} …\n`);
  const outcome = await target.search({
    seed,
    runs,
    path,
    onRun: () => {
      begun += 1;
      if (Date.now() - shown < 5000) return;
      shown = Date.now();
      process.stderr.write(`${target.name}: ${begun} of ${runs}\n`);
    },
  });
  total += outcome.runs;
  const took = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    `${outcome.ok ? 'held' : 'FAILED'}  ${target.name}  ${outcome.runs} runs  ${took} s\n`,
  );
  if (outcome.ok) continue;
  failed += 1;
  process.stdout.write(
    `\n${outcome.problem}\n  input: ${outcome.input}\n  replay: ${replayCommand(target.name, outcome)}\n\n`,
  );
}
process.stdout.write(`${total} runs of ${chosen.length} targets, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
