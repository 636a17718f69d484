import { mkdirSync, writeFileSync } from 'node:fs';
import { beadsFigures } from './figures/beads.ts';
import { commandStart } from './figures/command-start.ts';
import { coreBrotli, coreGzip } from './figures/core-bundle.ts';
import type { Figure } from './figures/figure.ts';
import { firstPull } from './figures/first-pull.ts';
import { fullPull } from './figures/full-pull.ts';
import { listenRate } from './figures/listen.ts';
import { merges } from './figures/merges.ts';
import { pullMemory } from './figures/pull-memory.ts';
import { requestFigures } from './figures/requests.ts';
import { seedsMemory, seedsSqlite, seedsTogether } from './figures/seeds.ts';
import { postgresFigures } from './figures/store-postgres.ts';
import { syncGrowthMemory, syncGrowthSqlite } from './figures/sync-growth.ts';
import { workerFigures } from './figures/workers.ts';
import { describeMachine } from './machine.ts';
import { type Report, toMarkdown } from './markdown.ts';
import { measureFigure } from './measure-figure.ts';
import { parseOptions } from './options.ts';

const FIGURES: readonly Figure[] = [
  firstPull,
  pullMemory,
  fullPull,
  syncGrowthSqlite,
  syncGrowthMemory,
  merges,
  seedsMemory,
  seedsSqlite,
  seedsTogether,
  commandStart,
  listenRate,
  coreGzip,
  coreBrotli,
  ...requestFigures,
  ...beadsFigures(),
  ...postgresFigures(),
  ...workerFigures(),
];
const RESULTS = new URL('../results/', import.meta.url);

function chosen(only: readonly string[]): readonly Figure[] {
  const unknown = only.filter((name) => !FIGURES.some((figure) => figure.name === name));
  if (unknown.length > 0) {
    throw new RangeError(
      `--only takes ${FIGURES.map(({ name }) => name).join(', ')}; not ${unknown.join(', ')}`,
    );
  }
  return only.length === 0 ? FIGURES : FIGURES.filter(({ name }) => only.includes(name));
}

const options = parseOptions(process.argv.slice(2));
const report: Report = {
  measuredAt: new Date().toISOString(),
  machine: describeMachine(),
  size: options.size,
  results: [],
};
for (const figure of chosen(options.only)) {
  console.error(`measuring ${figure.name} …`);
  report.results.push(await measureFigure(figure, options));
}
const json = `${JSON.stringify(report, undefined, 2)}\n`;
mkdirSync(RESULTS, { recursive: true });
writeFileSync(new URL('latest.json', RESULTS), json);
console.log(options.json ? json : toMarkdown(report));
