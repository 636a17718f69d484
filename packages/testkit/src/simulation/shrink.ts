import type { HistoryOutcome } from './history.ts';
import { DEED_KINDS, FAULT_KINDS, type HistoryOptions } from './kinds.ts';

/** Plays a history, to see whether it still fails. */
export type Play = (options: HistoryOptions) => Promise<HistoryOutcome>;

/** The first words of a problem, by which it is known again: numbers and names differ from history to history. */
export function nature(problem: string | undefined): string {
  return (problem ?? '').replace(/\d+/g, '').split(' ').slice(0, 3).join(' ');
}

/**
 * A failing history made smaller as long as it fails in the same way: first fewer kinds of faults and deeds, then fewer
 * steps, ever smaller pieces of them.
 */
export async function shrink(options: HistoryOptions, play: Play, budget = 300): Promise<HistoryOutcome> {
  let best = await play(options);
  const wanted = nature(best.problems[0]);
  let left = budget;
  const accepts = async (candidate: HistoryOptions): Promise<boolean> => {
    if (left-- <= 0) return false;
    const outcome = await play(candidate);
    if (!outcome.problems.some((problem) => nature(problem) === wanted)) return false;
    best = outcome;
    return true;
  };
  if (best.problems.length === 0) return best;
  for (const kind of [...FAULT_KINDS, ...DEED_KINDS])
    if ((best.counts[kind] ?? 0) > 0)
      await accepts({ ...best.options, without: [...(best.options.without ?? []), kind] });
  let steps = best.options.only ?? Array.from({ length: options.steps }, (_, step) => step);
  for (
    let size = Math.ceil(steps.length / 2);
    size >= 1 && left > 0;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let start = 0; start < steps.length && left > 0; ) {
      const fewer = [...steps.slice(0, start), ...steps.slice(start + size)];
      if (await accepts({ ...best.options, only: fewer })) steps = fewer;
      else start += size;
    }
  }
  return best;
}
