import { measureInChild, numberOf } from '../measure/child.ts';
import { POSTGRES_URL } from '../measure/postgres.ts';
import type { Figure } from './figure.ts';

const SCRIPT = new URL('../children/store-postgres.ts', import.meta.url);

/** What needs a server: the one that TRACKER_POSTGRES names. */
export function postgresFigures(): Figure[] {
  if (POSTGRES_URL === undefined) {
    console.error(
      'not measured: store-postgres, since TRACKER_POSTGRES names no server (see .ci/start-postgres)',
    );
    return [];
  }
  return [
    {
      name: 'store-postgres',
      title: 'First pull into PostgreSQL, against bare inserts of the same rows',
      unit: '×',
      target: 3,
      async measure({ size }) {
        const parts = await measureInChild(SCRIPT, [size]);
        return { value: numberOf(parts, 'pullMs') / numberOf(parts, 'rowsMs'), parts };
      },
    },
  ];
}
