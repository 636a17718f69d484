/** https://developer.atlassian.com/cloud/jira/platform/rate-limiting/ */
const REQUESTS_PER_HOUR = 65_000;
const HOUR_MS = 3_600_000;
const PER_ISSUE = [
  { max: 20, perMs: 2000 },
  { max: 100, perMs: 30_000 },
] as const;

export interface JiraLimited {
  reason: string;
  retryAfterSeconds: number;
  resetAt: number;
}

/** The quota of an hour, and the writes to one issue. */
export class JiraLimits {
  #windowEnd = 0;
  #used = 0;
  readonly #writes = new Map<string, number[]>();
  readonly #quota: number;

  constructor(quota: number = REQUESTS_PER_HOUR) {
    this.#quota = quota;
  }

  /** Counts a request where it is allowed. @param issue what it writes to. */
  take(now: number, issue?: string): JiraLimited | undefined {
    if (now >= this.#windowEnd) {
      this.#windowEnd = now + HOUR_MS;
      this.#used = 0;
    }
    if (this.#used >= this.#quota) return limited('jira-quota-tenant-based', now, this.#windowEnd);
    if (issue !== undefined) {
      const writes = (this.#writes.get(issue) ?? []).filter((at) => at > now - 30_000);
      for (const { max, perMs } of PER_ISSUE) {
        const within = writes.filter((at) => at > now - perMs);
        const [oldest = now] = within;
        if (within.length >= max) return limited('jira-per-issue-on-write', now, oldest + perMs);
      }
      this.#writes.set(issue, [...writes, now]);
    }
    this.#used += 1;
    return undefined;
  }

  headers(now: number): Record<string, string> {
    const over = now >= this.#windowEnd;
    const remaining = over ? this.#quota : this.#quota - this.#used;
    return {
      'X-RateLimit-Limit': String(this.#quota),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset': isoSeconds(over ? now + HOUR_MS : this.#windowEnd),
    };
  }
}

export function isoSeconds(ms: number): string {
  return new Date(Math.ceil(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

function limited(reason: string, now: number, resetAt: number): JiraLimited {
  return { reason, resetAt, retryAfterSeconds: Math.max(1, Math.ceil((resetAt - now) / 1000)) };
}
