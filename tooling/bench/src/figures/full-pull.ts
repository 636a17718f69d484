import { measureInChild, numberOf } from '../measure/child.ts';
import type { Figure } from './figure.ts';

const SCRIPT = new URL('../children/full-pull.ts', import.meta.url);

export const fullPull: Figure = {
  name: 'full-pull',
  title: 'Full pull of unchanged issues, against only validating them',
  unit: '×',
  target: 3,
  async measure({ size }, run) {
    const parts = await measureInChild(SCRIPT, [size, run]);
    return { value: numberOf(parts, 'pullMs') / numberOf(parts, 'validateMs'), parts };
  },
};
