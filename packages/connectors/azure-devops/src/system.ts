/** The `system` of every ref, and the provider of every error. */
export const SYSTEM = 'azure-devops';
