import type { Figure, Sample, Settings } from './figures/figure.ts';
import type { Numbers } from './measure/child.ts';
import { median } from './measure/statistics.ts';

/** What became of a figure: the median of its runs, against its target if it has one. */
export interface Result {
  name: string;
  title: string;
  unit: Figure['unit'];
  measured: number;
  target?: number;
  reached?: boolean;
  /** Of each run. */
  values: number[];
  /** What the values were computed from: the median of each. */
  parts: Numbers;
}

export async function measureFigure(figure: Figure, settings: Settings): Promise<Result> {
  const { name, title, unit, target } = figure;
  const samples: Sample[] = [];
  const runs = figure.exact ? 1 : settings.runs;
  for (let run = 0; run < runs; run++) samples.push(await figure.measure(settings, run));
  const values = samples.map(({ value }) => value);
  const measured = median(values);
  return {
    name,
    title,
    unit,
    measured,
    ...(target === undefined ? {} : { target, reached: measured <= target }),
    values,
    parts: medianParts(samples),
  };
}

function medianParts(samples: readonly Sample[]): Numbers {
  const names = new Set(samples.flatMap(({ parts }) => Object.keys(parts)));
  return Object.fromEntries(
    [...names].map((name) => [name, median(samples.flatMap(({ parts }) => parts[name] ?? []))]),
  );
}
