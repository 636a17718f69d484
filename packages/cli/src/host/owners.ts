import {
  type CanonicalIssue,
  OwnershipPolicy,
  type PolicyField,
  refIdentity,
} from '@spec-kitty/tracker-core';
import type { Host } from './open-host.ts';

/** The bindings of an issue whose policy gives some of the fields to the tracker, and those fields. */
export async function ownersOf(
  host: Host,
  issue: CanonicalIssue,
  fields: readonly string[],
): Promise<{ binding: string; fields: string[] }[]> {
  return ownersAmong(host, await bindingsOf(host, issue), fields);
}

/** The same of bindings by name. */
export function ownersAmong(
  host: Host,
  names: readonly string[],
  fields: readonly string[],
): { binding: string; fields: string[] }[] {
  return names.flatMap((binding) => {
    const config = host.loaded.config.bindings[binding];
    const policy = config && OwnershipPolicy.fromJSON(config.policy);
    const owned = fields.filter((field) => policy?.ownerFor(field as PolicyField) === 'external');
    return owned.length > 0 ? [{ binding, fields: owned }] : [];
  });
}

async function bindingsOf(host: Host, issue: CanonicalIssue): Promise<string[]> {
  const places = new Set(
    (await host.store.refsOf(issue.ref)).map(({ system, workspace }) =>
      refIdentity({ system, workspace, id: '-' }),
    ),
  );
  const names: string[] = [];
  for (const name of host.bindingNames) {
    const open = await host.binding(name).catch(() => undefined);
    if (open && places.has(refIdentity({ ...open.place, id: '-' }))) names.push(name);
  }
  return names;
}
