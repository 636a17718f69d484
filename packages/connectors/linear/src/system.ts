import {
  CapabilityNotSupportedError,
  type ExternalRef,
  IssueNotFoundError,
  refIdentity,
} from '@spec-kitty/tracker-core';

/** The `system` of the refs. */
export const SYSTEM = 'linear';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Whether Linear may have given this id. It takes a key for an issue as well, which is no identity. */
export const isUuid = (id: string): boolean => UUID.test(id);
/** Whether Linear takes this id from a client. */
export const isOwnId = (id: string): boolean => UUID_V4.test(id);

/** The id of what is made under a key: the same for the same key, in the form of a UUID v4. */
export async function idFor(kind: 'issue' | 'comment' | 'relation', key: string): Promise<string> {
  const text = new TextEncoder().encode(`spec-kitty-tracker linear ${kind} ${key}`);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', text)).slice(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x40;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function notThere(ref: ExternalRef): IssueNotFoundError {
  return new IssueNotFoundError(`Linear shows no issue ${refIdentity(ref)}`, { issueRef: ref });
}

export function notHeld(field: string, reason: string): CapabilityNotSupportedError {
  return new CapabilityNotSupportedError(`Linear does not take ${field}: ${reason}`, {
    capability: field,
    fieldPath: field,
  });
}
