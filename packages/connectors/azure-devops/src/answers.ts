import * as z from 'zod';

/** A person, as Azure DevOps names them. */
export interface Identity {
  id: string;
  uniqueName?: string | undefined;
  displayName?: string | undefined;
}

export interface RawRelation {
  rel: string;
  url: string;
}

/** A work item with its relations. */
export interface RawItem {
  id: number;
  rev: number;
  fields: {
    'System.TeamProject': string;
    'System.WorkItemType': string;
    'System.State': string;
    'System.Title': string;
    'System.Description'?: string | undefined;
    'System.AssignedTo'?: Identity | undefined;
    'System.Tags'?: string | undefined;
    'System.CreatedBy': Identity;
    'System.CreatedDate': string;
    'System.ChangedDate': string;
    'Microsoft.VSTS.Common.Priority'?: number | undefined;
  };
  relations?: RawRelation[] | undefined;
  multilineFieldsFormat?: Record<string, string> | undefined;
}

const IdentitySchema: z.ZodType<Identity> = z.object({
  id: z.string().min(1),
  uniqueName: z.optional(z.string().min(1)),
  displayName: z.optional(z.string().min(1)),
});

export const RawItemSchema: z.ZodType<RawItem> = z.object({
  id: z.int().min(1),
  rev: z.int().min(1),
  fields: z.object({
    'System.TeamProject': z.string(),
    'System.WorkItemType': z.string(),
    'System.State': z.string(),
    'System.Title': z.string(),
    'System.Description': z.optional(z.string()),
    'System.AssignedTo': z.optional(IdentitySchema),
    'System.Tags': z.optional(z.string()),
    'System.CreatedBy': IdentitySchema,
    'System.CreatedDate': z.string(),
    'System.ChangedDate': z.string(),
    'Microsoft.VSTS.Common.Priority': z.optional(z.int()),
  }),
  relations: z.optional(z.array(z.object({ rel: z.string(), url: z.string() }))),
  multilineFieldsFormat: z.optional(z.record(z.string(), z.string())),
});

/** A query answers ids. */
export const QuerySchema: z.ZodType<{ workItems: { id: number }[] }> = z.object({
  workItems: z.array(z.object({ id: z.int().min(1) })),
});

/** The items are parsed one by one: a bad one spoils no other. */
export const ItemsSchema: z.ZodType<{ value: unknown[] }> = z.object({ value: z.array(z.unknown()) });

export interface RawType {
  name: string;
  isDisabled?: boolean | undefined;
  states: { name: string; category: string }[];
  /** By the state before, where it may go; under the empty name, where it may begin. */
  transitions?: Record<string, { to: string }[]> | undefined;
}
export const TypesSchema: z.ZodType<{ value: RawType[] }> = z.object({
  value: z.array(
    z.object({
      name: z.string(),
      isDisabled: z.optional(z.boolean()),
      states: z.array(z.object({ name: z.string(), category: z.string() })),
      transitions: z.optional(z.record(z.string(), z.array(z.object({ to: z.string() })))),
    }),
  ),
});

export const ConnectionSchema: z.ZodType<{ authenticatedUser: { id: string } }> = z.object({
  authenticatedUser: z.object({ id: z.string().min(1) }),
});

export const BinSchema: z.ZodType<{ value: { id: number }[] }> = z.object({
  value: z.array(z.object({ id: z.int().min(1) })),
});

export interface RawComment {
  id: number;
  text: string;
  format?: string | undefined;
  createdBy: Identity;
  createdDate: string;
  modifiedDate?: string | undefined;
  isDeleted?: boolean | undefined;
}
export const CommentsSchema: z.ZodType<{ comments: RawComment[]; continuationToken?: string | undefined }> =
  z.object({
    comments: z.array(
      z.object({
        id: z.int(),
        text: z.string(),
        format: z.optional(z.string()),
        createdBy: IdentitySchema,
        createdDate: z.string(),
        modifiedDate: z.optional(z.string()),
        isDeleted: z.optional(z.boolean()),
      }),
    ),
    continuationToken: z.optional(z.string()),
  });

/** The answers to the requests of one batch, each with a body that is JSON in a text. */
export const BatchSchema: z.ZodType<{ value: { code: number; body: string }[] }> = z.object({
  value: z.array(z.object({ code: z.int(), body: z.string() })),
});

/** https://learn.microsoft.com/en-us/azure/devops/integrate/concepts/rest-api-overview: an error has words, and names its kind and at times a field. */
export interface RawError {
  message?: string | undefined;
  typeKey?: string | undefined;
  customProperties?: { FieldReferenceName?: string | undefined } | undefined;
}
export const RawErrorSchema: z.ZodType<RawError> = z.object({
  message: z.optional(z.string()),
  typeKey: z.optional(z.string()),
  customProperties: z.optional(z.object({ FieldReferenceName: z.optional(z.string()) })),
});
