import * as z from 'zod';
import { DiscoveryContractError } from '../errors/contract-errors.ts';
import { parseOrThrow } from '../errors/from-zod.ts';
import { type JsonObject, JsonObjectSchema } from '../model/json.ts';

/** An organisation, a site or a group that a hosted connection reaches. */
export interface DiscoveredWorkspace {
  id: string;
  name: string;
  /** What to show people. */
  display: string;
  /** `organization`, `site`, `group`, … in the provider's terms. */
  kind: string;
  /** The plugin's id. */
  provider: string;
  /** What the plugin needs to list the workspace's resources. */
  providerContext?: JsonObject;
}

/** A team, project or repository in a workspace. */
export interface DiscoveredResource {
  provider: string;
  parentWorkspaceId: string;
  resourceType: string;
  /** Survives renames. */
  stableRef: string;
  displayName: string;
  /** The `params` that a hosted connector for this resource takes. */
  connectorParams: JsonObject;
  routingMetadata: JsonObject;
}

/** What a provider has, as far as it was read. */
export interface DiscoveryResult<T> {
  items: T[];
  /** True where the provider has more than was read. */
  truncated: boolean;
}

const text = z.string().max(2048).regex(/\S/, 'expected text that is not blank');

function parse<T>(item: z.ZodType<T>, input: unknown, provider: string): DiscoveryResult<T> {
  const schema = z.object({ items: z.array(item).max(100_000), truncated: z.boolean() });
  return parseOrThrow(schema, input, (message, fieldPath) => {
    const details = { provider, fieldPath };
    return new DiscoveryContractError(`${provider} answered a discovery that is none: ${message}`, details);
  });
}

/** What a plugin's `discoverWorkspaces` answered, validated. @throws DiscoveryContractError */
export function parseDiscoveredWorkspaces(
  input: unknown,
  provider: string,
): DiscoveryResult<DiscoveredWorkspace> {
  const item = z.object({
    id: text,
    name: text,
    display: text,
    kind: text,
    provider: z.literal(provider),
    providerContext: z.exactOptional(JsonObjectSchema),
  });
  return parse<DiscoveredWorkspace>(item, input, provider);
}

/** What a plugin's `discoverResources` answered, validated. @throws DiscoveryContractError */
export function parseDiscoveredResources(
  input: unknown,
  provider: string,
): DiscoveryResult<DiscoveredResource> {
  const item = z.object({
    provider: z.literal(provider),
    parentWorkspaceId: text,
    resourceType: text,
    stableRef: text,
    displayName: text,
    connectorParams: JsonObjectSchema,
    routingMetadata: JsonObjectSchema,
  });
  return parse<DiscoveredResource>(item, input, provider);
}
