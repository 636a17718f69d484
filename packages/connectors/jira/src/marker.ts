import { createHash } from 'node:crypto';

/** The entity property of an issue that we created: its value holds the idempotency key of the create. */
export const KEY_PROPERTY = 'spec-kitty';

/** A search finds no property, and it finds labels: this one is looked for, and the property says whether it is true. */
const LABEL = /^spec-kitty-[0-9a-f]{20}$/;

export function labelOf(key: string): string {
  return `spec-kitty-${createHash('sha256').update(key).digest('hex').slice(0, 20)}`;
}

export const isMarker = (label: string): boolean => LABEL.test(label);
