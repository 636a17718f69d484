import { CORE_ISSUE_FIELDS } from '../model/issue.ts';
import { FIELD_SUPPORT, fieldSupport, type TrackerCapabilities } from '../protocol/capabilities.ts';

const LIMITS = ['pageSize', 'batchSize', 'titleLength', 'bodyLength', 'labelLength'] as const;

/**
 * The first capability that `actual` claims beyond `declared`: a flag, a field held better or set at once, an order, a
 * larger limit (none at all is the largest). Facts about time and letter case promise nothing and may differ.
 */
export function widerCapability(
  declared: TrackerCapabilities,
  actual: TrackerCapabilities,
): string | undefined {
  const may: Record<string, unknown> = { supportsWrite: true, ...declared };
  for (const [name, value] of Object.entries({ supportsWrite: true, ...actual })) {
    if (value === true && name.startsWith('supports') && may[name] !== true) return name;
  }
  const better = CORE_ISSUE_FIELDS.find(
    (field) =>
      FIELD_SUPPORT.indexOf(fieldSupport(actual, field)) <
      FIELD_SUPPORT.indexOf(fieldSupport(declared, field)),
  );
  if (better) return `fields.${better}`;
  const { fieldsAfterCreate: after = [] } = actual;
  if (declared.fieldsAfterCreate?.some((field) => !after.includes(field))) return 'fieldsAfterCreate';
  if (actual.ordering === 'oldest_first' && declared.ordering !== 'oldest_first') return 'ordering';
  const larger = LIMITS.find(
    (limit) => (actual.limits?.[limit] ?? Infinity) > (declared.limits?.[limit] ?? Infinity),
  );
  return larger && `limits.${larger}`;
}
