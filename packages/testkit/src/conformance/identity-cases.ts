import {
  CORE_ISSUE_FIELDS,
  fieldSupport,
  type TrackerCapabilities,
  TrackerCapabilitiesSchema,
} from '@spec-kitty/tracker-core';
import { check, equal } from '../support/check.ts';
import type { ConnectorCase } from './case.ts';

/** Capabilities that an instance claims beyond the manifest's, by name. */
function beyond(manifest: TrackerCapabilities, instance: TrackerCapabilities): string[] {
  const wider: string[] = [];
  for (const [name, value] of Object.entries(instance)) {
    const promised = manifest[name as keyof TrackerCapabilities] ?? name === 'supportsWrite';
    if (name.startsWith('supports') && value === true && promised !== true) wider.push(name);
  }
  const rank = { none: 0, lossy: 1, full: 2 } as const;
  for (const field of CORE_ISSUE_FIELDS) {
    if (rank[fieldSupport(instance, field)] > rank[fieldSupport(manifest, field)])
      wider.push(`fields.${field}`);
  }
  return wider;
}

export const identityCases: ConnectorCase[] = [
  {
    name: 'it has a name and a workspace',
    async run({ connector }) {
      for (const text of [connector.name, connector.workspace]) {
        check(
          typeof text === 'string' && text.trim() !== '',
          'name and workspace are text that is not blank',
        );
      }
      for (const text of [connector.mapping, connector.scope]) {
        check(text === undefined || (typeof text === 'string' && text !== ''), 'mapping and scope are text');
      }
    },
  },
  {
    name: 'its capabilities are no wider than the manifest’s',
    async run({ connector, capabilities }) {
      const instance = await connector.getCapabilities();
      const parsed = TrackerCapabilitiesSchema.safeParse(instance);
      check(parsed.success, 'getCapabilities answers something else than capabilities');
      equal(beyond(capabilities, parsed.data), [], 'capabilities beyond those of the manifest');
    },
  },
  {
    name: 'its capabilities are a copy',
    async run({ connector }) {
      const first = await connector.getCapabilities();
      const before = structuredClone(first);
      try {
        first.supportsWebhooks = !first.supportsWebhooks;
        first.fields = { title: 'none' };
      } catch {
        // Frozen data cannot be changed by a caller either.
      }
      equal(await connector.getCapabilities(), before, 'capabilities after a caller changed its copy');
    },
  },
];
