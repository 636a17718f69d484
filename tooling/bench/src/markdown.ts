import type { Machine } from './machine.ts';
import type { Result } from './measure-figure.ts';

export interface Report {
  measuredAt: string;
  machine: Machine;
  /** Issues of the synthetic tracker. */
  size: number;
  results: Result[];
}

const DIGITS: Record<Result['unit'], number> = {
  '×': 2,
  ' MB': 1,
  ' bytes': 0,
  ' s': 1,
  ' ms': 1,
  '/s': 1,
  ' processes': 0,
  ' requests': 0,
};

function shown(value: number, unit: Result['unit']): string {
  return value.toFixed(DIGITS[unit]) + unit;
}

function row({ title, unit, target, measured, reached, values, parts }: Result): string {
  const range =
    values.length > 1 ? `${shown(Math.min(...values), unit)} to ${shown(Math.max(...values), unit)}` : '';
  const details = Object.entries(parts).map(([name, value]) => `${name} ${Math.round(value)}`);
  const cells = [
    title,
    shown(measured, unit),
    range,
    target === undefined ? 'none' : shown(target, unit),
    reached === undefined ? '' : reached ? 'yes' : '**no**',
    details.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

export function toMarkdown({ measuredAt, machine, size, results }: Report): string {
  const { processor, cores, memoryGB, node, platform, load } = machine;
  return [
    `Measured ${measuredAt} with ${size} issues on ${processor}, ${cores} cores, ${memoryGB} GB, Node ${node}, ${platform}; load ${load}.`,
    '',
    '| figure | measured | range | target | reached | from |',
    '|---|---|---|---|---|---|',
    ...results.map(row),
    '',
  ].join('\n');
}
