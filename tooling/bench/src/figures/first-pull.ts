import { measureInChild, numberOf } from '../measure/child.ts';
import type { Figure } from './figure.ts';

const SCRIPT = new URL('../children/first-pull.ts', import.meta.url);

export const firstPull: Figure = {
  name: 'first-pull',
  title: 'First pull into SQLite, against bare inserts of the same JSON',
  unit: '×',
  target: 3,
  async measure({ size }, run) {
    const parts = await measureInChild(SCRIPT, [size, run]);
    return { value: numberOf(parts, 'pullMs') / numberOf(parts, 'insertMs'), parts };
  },
};
