import { expect, test } from 'vitest';
import { DiscoveryContractError } from '../../src/index.ts';
import { parseDiscoveredResources, parseDiscoveredWorkspaces } from '../../src/registry/discovered.ts';

const WORKSPACE = { id: '1', name: 'acme', display: 'Acme', kind: 'organization', provider: 'sample' };
const RESOURCE = {
  provider: 'sample',
  parentWorkspaceId: '1',
  resourceType: 'team',
  stableRef: 't-1',
  displayName: 'Team',
  connectorParams: { teamId: 't-1' },
  routingMetadata: {},
};

test('what cannot be read is no discovery', () => {
  const items = Object.defineProperty([], 0, {
    enumerable: true,
    get: () => {
      throw new Error('reading it throws');
    },
  });
  expect(() => parseDiscoveredWorkspaces({ items, truncated: false }, 'sample')).toThrow(
    DiscoveryContractError,
  );
});

test('what a plugin found is taken as it is', () => {
  const workspaces = {
    items: [WORKSPACE, { ...WORKSPACE, providerContext: { site: 'x' } }],
    truncated: true,
  };
  expect(parseDiscoveredWorkspaces(workspaces, 'sample')).toEqual(workspaces);
  const resources = { items: [RESOURCE], truncated: false };
  expect(parseDiscoveredResources(resources, 'sample')).toEqual(resources);
});

test.each([
  [undefined, ''],
  [{ items: [] }, 'truncated'],
  [{ items: [{ ...WORKSPACE, id: '' }], truncated: false }, 'items[0].id'],
  [{ items: [{ ...WORKSPACE, provider: 'other' }], truncated: false }, 'items[0].provider'],
])('workspaces %j: at fault is %s', (input, fieldPath) => {
  const read = (): unknown => parseDiscoveredWorkspaces(input, 'sample');
  expect(read).toThrow(DiscoveryContractError);
  expect(read).toThrow(expect.objectContaining({ fieldPath, provider: 'sample' }));
});

test('a resource without params is refused', () => {
  const { connectorParams: _, ...rest } = RESOURCE;
  expect(() => parseDiscoveredResources({ items: [rest], truncated: false }, 'sample')).toThrow(
    DiscoveryContractError,
  );
});
