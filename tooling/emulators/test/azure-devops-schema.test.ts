import { expect, test } from 'vitest';
import { beyondDescription, createAzureDevOpsEmulator, vendorSchema } from '../src/index.ts';

const theirs = vendorSchema('azure-devops/wit-7.1.json');

interface Described {
  paths: Record<string, Record<string, { parameters: unknown[] }>>;
  'x-ms-paths': Record<string, Record<string, { parameters: unknown[] }>>;
}

/** What shares its path with another call is described under `x-ms-paths`, by its parameters. */
function withOverloads(vendor: Described): Record<string, unknown> {
  const paths = structuredClone(vendor.paths);
  for (const [place, methods] of Object.entries(vendor['x-ms-paths'])) {
    const path = place.replace(/\?.*$/, '');
    for (const [method, overload] of Object.entries(methods)) {
      const known = paths[path]?.[method];
      if (known && Array.isArray(known.parameters)) known.parameters.push(...overload.parameters);
    }
  }
  return { ...vendor, paths };
}

test.skipIf(theirs === undefined)('every path, method, parameter and field is in the description', () => {
  const described = withOverloads(JSON.parse(theirs ?? '{}') as Described);
  const { operations } = createAzureDevOpsEmulator();
  // The description names the team of a query; the vendor's page says that it may be left out.
  const named = operations.map((one) =>
    one.path.endsWith('/wiql') ? { ...one, path: '/{organization}/{project}/{team}/_apis/wit/wiql' } : one,
  );
  expect(beyondDescription(named, described)).toEqual([]);
  expect(operations.length).toBe(10);
});
