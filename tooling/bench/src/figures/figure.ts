import type { Numbers } from '../measure/child.ts';

export interface Settings {
  /** Issues of the synthetic tracker. */
  size: number;
  /** Times that each figure is measured. */
  runs: number;
}

/** One measurement of a figure, and what it was computed from. */
export interface Sample {
  value: number;
  parts: Numbers;
}

/** A number that the project promises to stay under, or that it tells for information. */
export interface Figure {
  /** For `--only`. */
  name: string;
  title: string;
  unit: '×' | ' MB' | ' bytes' | ' s' | ' ms' | '/s' | ' processes' | ' requests';
  /** The most that it may be. Without it the figure has no goal. */
  target?: number;
  /** Where measuring it twice gives the same, it is measured once. */
  exact?: boolean;
  /** `run` counts from 0. */
  measure(settings: Settings, run: number): Promise<Sample>;
}
