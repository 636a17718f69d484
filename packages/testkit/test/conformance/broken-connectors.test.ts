import { manifest } from '@spec-kitty/tracker-memory';
import { expect, it } from 'vitest';
import { ConformanceError, connectorConformance } from '../../src/index.ts';
import { type Breakage, broken } from '../support/broken.ts';
import { BROKEN_READS } from '../support/broken-reads.ts';
import { BROKEN_WRITES } from '../support/broken-writes.ts';
import { openMemory } from '../support/memory.ts';

/** The names of the cases that a connector with this mistake fails, with their errors. */
async function failures({ options = {}, overrides }: Breakage): Promise<Map<string, unknown>> {
  const cases: [string, () => Promise<void>][] = [];
  const capabilities = { ...manifest.capabilities, ...options.capabilities };
  connectorConformance({
    test: (name, run) => cases.push([name, run]),
    plugin: { manifest: { ...manifest, capabilities } },
    open: () => openMemory(options, (right) => broken(right, overrides(right))),
  });
  const failed = new Map<string, unknown>();
  for (const [name, run] of cases) await run().catch((error: unknown) => failed.set(name, error));
  return failed;
}

it.each([...BROKEN_READS, ...BROKEN_WRITES])('a connector that $mistake is found', async (breakage) => {
  const failed = await failures(breakage);
  const names = [...failed.keys()];
  expect(names.filter((name) => name.includes(breakage.found))).not.toEqual([]);
});

it('a connector without a mistake is not', async () => {
  const right: Breakage = { mistake: '', found: '', overrides: () => ({}) };
  expect([...(await failures(right)).keys()]).toEqual([]);
});

it('says what was found, with both values', async () => {
  const dropped = BROKEN_READS.find(({ mistake }) => mistake.startsWith('answers getIssues'));
  const errors = dropped ? [...(await failures(dropped)).values()] : [];
  expect(errors[0]).toBeInstanceOf(ConformanceError);
});
