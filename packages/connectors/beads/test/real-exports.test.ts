import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BeadsConnector } from '../src/index.ts';
import { listAll, rowsOf } from './fixtures.ts';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const DATA = process.env['TRACKER_DATA'] ?? join(REPOSITORY, '../shared/data');
const FOLDER = join(DATA, 'beads');

const exports = [
  { name: 'beads-5722.jsonl', lines: 5722, issues: 2403, tombstones: 3319 },
  { name: 'beads-rust-513.jsonl', lines: 513, issues: 512, tombstones: 1 },
];

describe('real exports', () => {
  for (const { name, lines, issues, tombstones } of exports) {
    const file = join(FOLDER, name);
    it(`add up: ${name}`, async ({ skip }) => {
      const missing = `${name} is neither in ../shared/data/beads beside the repository nor in $TRACKER_DATA/beads`;
      if (!existsSync(file)) process.stderr.write(`skipped: ${missing}\n`);
      skip(!existsSync(file), missing);
      const rows = await rowsOf(file);
      const counts: Record<string, number> = {};
      for (const { kind } of rows) counts[kind] = (counts[kind] ?? 0) + 1;
      expect(counts).toEqual({ issue: issues, tombstone: tombstones });
      expect(rows.map((row) => row.line)).toEqual(Array.from({ length: lines }, (_, i) => i + 1));

      const connector = new BeadsConnector({ exportFile: file });
      const listed = await listAll(connector, 700);
      expect([listed.items.length, listed.gone.length, listed.failures]).toEqual([issues, tombstones, []]);
      expect(new Set(listed.items.map((issue) => issue.ref.id)).size).toBe(issues);
      expect(connector.lastReadSummary()).toMatchObject({
        lines,
        issues,
        tombstones,
        repeats: 0,
        failures: 0,
      });

      const some = listed.items.filter((_, i) => i % 100 === 0);
      expect(await connector.getIssues(some.map((issue) => issue.ref))).toEqual(some);
    });
  }
});
