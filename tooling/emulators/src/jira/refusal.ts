/** A refusal in Jira's own shape. */
export class JiraRefusal extends Error {
  readonly status: number;
  readonly errorMessages: readonly string[];
  readonly errors: Readonly<Record<string, string>>;

  constructor(status: number, message: string | Record<string, string>) {
    const isText = typeof message === 'string';
    super(isText ? message : Object.values(message).join(' '));
    this.status = status;
    this.errorMessages = isText ? [message] : [];
    this.errors = isText ? {} : message;
  }

  get body(): { errorMessages: readonly string[]; errors: Readonly<Record<string, string>> } {
    return { errorMessages: this.errorMessages, errors: this.errors };
  }
}

/** Jira says the same of what is not there and of what nobody may see. */
export function noIssue(): JiraRefusal {
  return new JiraRefusal(404, 'Issue does not exist or you do not have permission to see it.');
}
