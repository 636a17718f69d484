import type { TrackerCapabilities } from '@spec-kitty/tracker-core';
import { abortCases } from './abort-cases.ts';
import { bulkCases } from './bulk-cases.ts';
import type { ConnectorCase } from './case.ts';
import { commentCases } from './comment-cases.ts';
import { createCases } from './create-cases.ts';
import { deleteCases } from './delete-cases.ts';
import { disposalCases } from './disposal-cases.ts';
import { fieldCases } from './field-cases.ts';
import { filterCases } from './filter-cases.ts';
import { identityCases } from './identity-cases.ts';
import { limitCases } from './limit-cases.ts';
import { linkCases } from './link-cases.ts';
import { listingCases } from './listing-cases.ts';
import { lossyCases } from './lossy-cases.ts';
import type { ConnectorConformanceOptions } from './options.ts';
import { patchCases } from './patch-cases.ts';
import { readCases } from './read-cases.ts';
import { refusalCases } from './refusal-cases.ts';
import { textCases } from './text-cases.ts';
import { webhookCases } from './webhook-cases.ts';
import { World } from './world.ts';

function casesFor(capabilities: TrackerCapabilities): ConnectorCase[] {
  const all = [
    ...identityCases,
    ...readCases,
    ...listingCases,
    ...filterCases,
    ...abortCases,
    ...fieldCases(capabilities),
    ...textCases(capabilities),
    ...lossyCases(capabilities),
    ...limitCases,
    ...patchCases,
    ...createCases,
    ...bulkCases,
    ...linkCases,
    ...commentCases,
    ...deleteCases,
    ...webhookCases,
    ...refusalCases,
    ...disposalCases,
  ];
  return all.filter(({ when }) => when?.(capabilities) ?? true);
}

/**
 * Registers a test for each thing that the plugin's manifest promises, and one for each that it does not promise and
 * that must therefore be refused. Every case opens a connector of its own, so that none depends on another one.
 */
export function connectorConformance({ test, plugin, open }: ConnectorConformanceOptions): void {
  const { id, capabilities } = plugin.manifest;
  for (const { name, run } of casesFor(capabilities)) {
    test(`${id}: ${name}`, async () => {
      const opened = await open();
      try {
        await run(new World(opened, capabilities));
      } finally {
        await opened.connector[Symbol.asyncDispose]();
        await opened.dispose();
      }
    });
  }
}
