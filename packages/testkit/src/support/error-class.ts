import { classifyHttpStatus, type SpecKittyTrackerError } from '@spec-kitty/tracker-core';

type Property = 'capability' | 'expectedScope' | 'actualScope' | 'kind' | 'reason' | 'provider';

/** What programs read of an error beside its code. */
const TEXTS: Record<string, readonly Property[]> = {
  capability_not_supported: ['capability'],
  fields_refused: ['capability'],
  scope_violation: ['expectedScope', 'actualScope'],
  tracker_contract: ['kind', 'reason'],
  issue_payload_contract: ['kind', 'reason'],
  connector_request: ['provider'],
  hosted_auth_required: ['provider'],
};

const CLASSES: ReadonlySet<unknown> = new Set([
  'transient',
  'rate_limit',
  'authentication',
  'permission',
  'not_found',
  'validation',
  'non_retryable',
]);

const property = (error: SpecKittyTrackerError, name: string): unknown => Reflect.get(error, name);

/** What an error lacks that its code promises; undefined where it lacks nothing. */
export function errorClassProblem(error: SpecKittyTrackerError): string | undefined {
  const { code } = error;
  if (typeof code !== 'string' || code === '') return 'it has no code';
  for (const name of TEXTS[code] ?? []) {
    const value = property(error, name);
    if (typeof value !== 'string' || value === '') return `its code is ${code}, and it has no \`${name}\``;
  }
  if (code !== 'connector_request') return undefined;
  const [status, failureClass] = [property(error, 'statusCode'), property(error, 'failureClass')];
  if (!CLASSES.has(failureClass)) return `its failureClass is ${String(failureClass)}`;
  const mayPass = failureClass === 'transient' || failureClass === 'rate_limit';
  if (property(error, 'isRetryable') !== mayPass) return 'isRetryable does not follow from its failureClass';
  // 403 is also how some trackers say that it was too much, and 400 how some say anything.
  const known = status === 401 || status === 404 || status === 429;
  if (typeof status === 'number' && known && failureClass !== classifyHttpStatus(status))
    return `its status is ${status}, and its failureClass ${String(failureClass)}`;
  return undefined;
}

/** Whether the same call may succeed later without anybody changing anything. */
export function mayPass(error: SpecKittyTrackerError): boolean {
  return property(error, 'isRetryable') === true;
}
