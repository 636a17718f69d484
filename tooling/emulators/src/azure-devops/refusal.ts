import type { RestAnswer } from '../rest-endpoint.ts';

/** Something that Azure DevOps refuses, in the shape in which it says so. */
export class AzureRefusal extends Error {
  readonly status: number;
  readonly typeKey: string;
  /** The reference name of the field at fault. */
  readonly field: string | undefined;

  constructor(status: number, typeKey: string, message: string, field?: string) {
    super(message);
    this.status = status;
    this.typeKey = typeKey;
    this.field = field;
  }

  get body(): Record<string, unknown> {
    const { typeKey, message, field } = this;
    const custom =
      field === undefined
        ? {}
        : {
            customProperties: {
              ErrorMessage: message,
              FieldReferenceName: field,
              RuleValidationErrors: [{ fieldReferenceName: field, errorMessage: message }],
            },
          };
    return {
      $id: '1',
      ...custom,
      innerException: null,
      message,
      typeName: `Microsoft.TeamFoundation.WorkItemTracking.Server.${typeKey}, Microsoft.TeamFoundation.WorkItemTracking.Server`,
      typeKey,
      errorCode: 0,
      eventId: 3200,
    };
  }

  get answer(): RestAnswer {
    return { status: this.status, body: this.body };
  }
}

/** A rule of a field that is not met. */
export function ruleError(field: string, message: string): AzureRefusal {
  return new AzureRefusal(400, 'RuleValidationException', message, field);
}

export function noSuchItem(id: number | string): AzureRefusal {
  return new AzureRefusal(
    404,
    'WorkItemUnauthorizedAccessException',
    `TF401232: Work item ${id} does not exist, or you do not have permissions to read it.`,
  );
}
