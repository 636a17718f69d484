import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import {
  CanonicalIssueSchema,
  IssuePatchSchema,
  type JsonValue,
  OwnershipPolicySchema,
  PluginManifestSchema,
  SyncCheckpointSchema,
  stableStringify,
  TrackerCapabilitiesSchema,
  TrackerEventSchema,
} from '../../src/index.ts';

/** What leaves this package as data: into stores, over wires, from the packages of third parties. */
const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  CanonicalIssue: CanonicalIssueSchema,
  IssuePatch: IssuePatchSchema,
  OwnershipPolicy: OwnershipPolicySchema,
  PluginManifest: PluginManifestSchema,
  SyncCheckpoint: SyncCheckpointSchema,
  TrackerCapabilities: TrackerCapabilitiesSchema,
  TrackerEvent: TrackerEventSchema,
};

const pinned = JSON.parse(readFileSync(new URL('./wire-schemas.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;

function hashOf(schema: z.ZodType): string {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return createHash('sha256')
    .update(stableStringify(JSON.parse(JSON.stringify(json)) as JsonValue))
    .digest('hex');
}

it.each(Object.entries(SCHEMAS))('the schema of %s is the one that was released', (name, schema) => {
  const decide = `${name} changed on the wire. Can those who have older data, and those who read newer data with an older release, go on? Say so in a changeset (minor; major where they cannot), then write the new hash into wire-schemas.json`;
  expect(hashOf(schema), decide).toBe(pinned[name]);
});

it('every pinned schema is there', () => {
  expect(Object.keys(pinned)).toEqual(Object.keys(SCHEMAS));
});

it('a schema that differs in anything has another hash', () => {
  const one = z.strictObject({ a: z.string().max(5) });
  for (const other of [z.object({ a: z.string().max(5) }), z.strictObject({ a: z.string().max(6) })])
    expect(hashOf(other)).not.toBe(hashOf(one));
});
