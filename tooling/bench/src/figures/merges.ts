import { measureInChild, numberOf } from '../measure/child.ts';
import type { Figure } from './figure.ts';

const SCRIPT = new URL('../../../../packages/core/test/merge/merge-speed.ts', import.meta.url);

export const merges: Figure = {
  name: 'merges',
  title: 'Merges of an issue in which both sides changed fields',
  unit: '/s',
  async measure() {
    const parts = await measureInChild(SCRIPT, []);
    return { value: numberOf(parts, 'merges') / (numberOf(parts, 'mergeMs') / 1000), parts };
  },
};
