import type { CredentialDeclaration } from '@spec-kitty/tracker-core';

/** What a host may take from the environment instead of from its configuration. */
export const credentials: CredentialDeclaration[] = [
  {
    name: 'apiKey',
    env: 'REDMINE_API_KEY',
    secret: true,
    description: 'The API access key of an account that may view, add and edit issues of the project',
  },
];
