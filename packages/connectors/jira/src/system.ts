/** The `system` of its refs. */
export const SYSTEM = 'jira';
