import type { JsonValue } from './json.ts';

/** Names that no custom field may carry any more: other Spec Kitty tools stopped reading them and refuse them. */
const RETIRED_KEYS = ['feature_slug', 'feature_number', 'mission_key'];

function find(value: JsonValue | undefined, path: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const place = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const found = RETIRED_KEYS.includes(key) ? place : find(item, place);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The path of the first retired key in `customFields`, at any depth: `customFields.team[0].mission_key`.
 * Undefined where there is none. The value must be JSON of bounded depth, as the model's schemas grant.
 */
export function retiredKeyPath(customFields: Readonly<Record<string, JsonValue>>): string | undefined {
  return find(customFields, 'customFields');
}
