import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeZodError } from '../../src/index.ts';
import { manifestOf } from '../../src/registry/manifest-of.ts';
import { PluginManifestSchema } from '../../src/registry/plugin-manifest.ts';
import { definePlugin } from '../../src/registry/tracker-plugin.ts';
import { samplePlugin } from './sample-plugin.ts';

const MANIFEST = samplePlugin().plugin.manifest;
const CREDENTIAL = { name: 'token', env: 'TOKEN', secret: true, description: 'd' };

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let i = 0; i < depth; i++) value = { deeper: value };
  return value;
}

test('a manifest survives JSON', () => {
  expect(PluginManifestSchema.parse(JSON.parse(JSON.stringify(MANIFEST)))).toEqual(MANIFEST);
});

test.each([
  ['kind', { kind: 'something.else' }],
  ['specVersion', { specVersion: 2 }],
  ['id', { id: 'Upper' }],
  ['id', { id: 'two--hyphens' }],
  ['id', { id: '../up' }],
  ['id', { id: 'x'.repeat(65) }],
  ['displayName', { displayName: ' ' }],
  ['displayName', { displayName: 'a\u001b[31mb' }],
  ['displayName', { displayName: 'x'.repeat(101) }],
  ['category', { category: 'other' }],
  ['capabilities.supportsFlight', { capabilities: { ...MANIFEST.capabilities, supportsFlight: true } }],
  ['configSchema', { configSchema: [] }],
  ['configSchema', { configSchema: nested(65) }],
  ['hosted.paramsSchema', { hosted: {} }],
  ['hosted.module', { hosted: { paramsSchema: {}, module: './code.js' } }],
  ['credentials[0].env', { credentials: [{ ...CREDENTIAL, env: 'lower' }] }],
  ['credentials[0].env', { credentials: [{ ...CREDENTIAL, env: '__PROTO__' }] }],
  ['credentials[0].env', { credentials: [{ ...CREDENTIAL, env: 'A=B' }] }],
  ['credentials[0].path', { credentials: [{ ...CREDENTIAL, path: '/x' }] }],
  ['credentials', { credentials: Array.from({ length: 33 }, () => CREDENTIAL) }],
  ['main', { main: './code.js' }],
  ['', { configSchema: { description: 'x'.repeat(65_536) } }],
])('refuses %s: %o', (fieldPath, change) => {
  const parsed = PluginManifestSchema.safeParse({ ...MANIFEST, ...change });
  expect(parsed.error && describeZodError(parsed.error).fieldPath).toBe(fieldPath);
});

describe('manifestOf', () => {
  test('makes the JSON Schemas from the zod schemas, of what they take', () => {
    const manifest = manifestOf({
      id: 'made',
      displayName: 'Made',
      category: 'saas',
      capabilities: MANIFEST.capabilities,
      configSchema: z.strictObject({ a: z.string().transform(Number), b: z._default(z.boolean(), true) }),
      hosted: { paramsSchema: z.strictObject({ team: z.string() }) },
      credentials: [],
    });
    expect(manifest).toMatchObject({
      kind: 'spec-kitty.tracker-connector',
      specVersion: 1,
      configSchema: {
        type: 'object',
        properties: { a: { type: 'string' } },
        required: ['a'],
        additionalProperties: false,
      },
      hosted: { paramsSchema: { required: ['team'] } },
    });
    expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
  });

  test('refuses what would be no manifest', () => {
    const { kind: _kind, specVersion: _version, hosted: _hosted, ...rest } = MANIFEST;
    expect(() => manifestOf({ ...rest, id: 'Bad', configSchema: z.unknown() })).toThrow(TypeError);
  });
});

describe('definePlugin', () => {
  test('returns the plugin, frozen with its manifest', () => {
    const { plugin } = samplePlugin();
    const defined = definePlugin(plugin);
    expect(defined).toBe(plugin);
    expect(Object.isFrozen(defined)).toBe(true);
    expect(Object.isFrozen(defined.manifest.capabilities)).toBe(true);
  });

  const hosted = { paramsSchema: z.unknown(), configFrom: () => ({ token: 'long-enough' }) };
  test.each([
    ['manifest.id', { manifest: { ...MANIFEST, id: '' } }],
    ['configSchema', { configSchema: JSON.parse('{"type":"object"}') }],
    ['create', { create: JSON.parse('"code"') }],
    ['hosted', { hosted }],
    ['hosted', { manifest: { ...MANIFEST, hosted: { paramsSchema: {} } } }],
    [
      'hosted.configFrom',
      {
        manifest: { ...MANIFEST, hosted: { paramsSchema: {} } },
        hosted: { ...hosted, configFrom: JSON.parse('1') },
      },
    ],
  ])('refuses a wrong %s', (path, change) => {
    const define = (): unknown => definePlugin({ ...samplePlugin().plugin, ...change });
    expect(define).toThrow(TypeError);
    expect(define).toThrow(`not a tracker plugin: ${path}:`);
  });
});
