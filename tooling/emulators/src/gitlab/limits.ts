/** Those of GitLab's own service. https://docs.gitlab.com/user/gitlab_com/#rate-limits-on-gitlabcom */
const REQUESTS_PER_MINUTE = 2000;
const ISSUES_PER_MINUTE = 200;
const NOTES_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

export type Verdict = 'ok' | 'all requests' | 'this endpoint';

/** Requests of one person by the minute, and of them what makes issues and notes. */
export class GitlabLimits {
  readonly #made = { issues: [] as number[], notes: [] as number[] };
  #windowEnd = 0;
  #used = 0;

  /** Counts a request where it is allowed. */
  take(now: number, makes: 'issues' | 'notes' | undefined): Verdict {
    if (now >= this.#windowEnd) {
      this.#windowEnd = (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS;
      this.#used = 0;
    }
    this.#used += 1;
    if (this.#used > REQUESTS_PER_MINUTE) return 'all requests';
    if (makes) {
      const made = this.#made[makes].filter((at) => at > now - MINUTE_MS);
      this.#made[makes] = made;
      if (made.length >= (makes === 'issues' ? ISSUES_PER_MINUTE : NOTES_PER_MINUTE)) return 'this endpoint';
      made.push(now);
    }
    return 'ok';
  }

  /** On every answer; times in epoch seconds. */
  headers(now: number): Record<string, string> {
    const fresh = now >= this.#windowEnd;
    const end = fresh ? (Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS : this.#windowEnd;
    const used = fresh ? 0 : this.#used;
    return {
      'ratelimit-name': 'throttle_authenticated_api',
      'ratelimit-limit': String(REQUESTS_PER_MINUTE),
      'ratelimit-observed': String(used),
      'ratelimit-remaining': String(Math.max(0, REQUESTS_PER_MINUTE - used)),
      'ratelimit-reset': String(Math.ceil(end / 1000)),
    };
  }

  retryAfter(now: number): string {
    return String(Math.max(1, Math.ceil((this.#windowEnd - now) / 1000)));
  }
}
