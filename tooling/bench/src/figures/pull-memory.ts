import { measureInChild, numberOf } from '../measure/child.ts';
import type { Figure } from './figure.ts';

const SCRIPT = new URL('../children/pull-memory.ts', import.meta.url);

export const pullMemory: Figure = {
  name: 'pull-memory',
  title: 'Growth of the process at the peak of a first pull',
  unit: ' MB',
  target: 100,
  async measure({ size }) {
    const parts = await measureInChild(SCRIPT, [size], ['--expose-gc']);
    return { value: numberOf(parts, 'peakRssMB'), parts };
  },
};
