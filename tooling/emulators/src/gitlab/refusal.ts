/** A refusal as GitLab words it: under `message` where its own code refuses, under `error` where a parameter is wrong. */
export class GitlabRefusal extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>) {
    super(JSON.stringify(body));
    this.status = status;
    this.body = body;
  }
}

/** @throws GitlabRefusal */
export function refuse(status: number, message: string | Record<string, unknown>): never {
  throw new GitlabRefusal(status, { message });
}
