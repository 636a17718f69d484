import type { AzureComment, AzureDevOpsState, AzureItem, AzureUser } from './state.ts';
import type { WiqlValues } from './wiql.ts';

export interface AzurePlace {
  organization: string;
  project: string;
  /** Without a slash at its end. */
  baseUrl: string;
}

/** Trailing zeros of a fraction are left out, as in the vendor's answers. */
export const dated = (ms: number): string =>
  new Date(ms)
    .toISOString()
    .replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`));

/** Items as answers show them. */
export class AzureViews {
  readonly #state: AzureDevOpsState;
  readonly #place: AzurePlace;

  constructor(state: AzureDevOpsState, place: AzurePlace) {
    this.#state = state;
    this.#place = place;
  }

  get #api(): string {
    return `${this.#place.baseUrl}/${this.#place.organization}/_apis/wit`;
  }

  url(id: number): string {
    return `${this.#api}/workItems/${id}`;
  }

  identity(uniqueName: string): Record<string, unknown> {
    const user = this.#state.user(uniqueName);
    return {
      displayName: user?.displayName ?? uniqueName,
      url: `${this.#place.baseUrl}/_apis/Identities/${user?.id ?? ''}`,
      id: user?.id ?? '',
      uniqueName,
      descriptor: `aad.${user?.id ?? ''}`,
    };
  }

  item(item: AzureItem, shows: { relations: boolean }): Record<string, unknown> {
    const { project } = this.#place;
    const relations = this.#state.relationsOf(item);
    return {
      id: item.id,
      rev: item.rev,
      fields: {
        'System.AreaPath': project,
        'System.TeamProject': project,
        'System.IterationPath': project,
        'System.WorkItemType': item.type,
        'System.State': item.state,
        'System.Reason': `Moved to state ${item.state}`,
        ...(item.assignedTo === null ? {} : { 'System.AssignedTo': this.identity(item.assignedTo) }),
        'System.CreatedDate': dated(item.createdAt),
        'System.CreatedBy': this.identity(item.createdBy),
        'System.ChangedDate': dated(item.changedAt),
        'System.CommentCount': [...this.#state.comments.values()].filter((one) => one.item === item.id)
          .length,
        'System.Title': item.title,
        ...(item.description === '' ? {} : { 'System.Description': item.description }),
        ...(item.tags.length === 0 ? {} : { 'System.Tags': item.tags.join('; ') }),
        'Microsoft.VSTS.Common.Priority': item.priority,
      },
      ...(item.isMarkdown ? { multilineFieldsFormat: { 'System.Description': 'markdown' } } : {}),
      ...(shows.relations && relations.length > 0
        ? {
            relations: relations.map(({ rel, target }) => ({
              rel,
              url: this.url(target),
              attributes: { isLocked: false, name: rel.split(/[.-]/).at(-1) },
            })),
          }
        : {}),
      url: this.url(item.id),
    };
  }

  comment(comment: AzureComment): Record<string, unknown> {
    const { id, item, author, text, format, createdAt, modifiedAt } = comment;
    return {
      workItemId: item,
      id,
      version: 1,
      text,
      format,
      createdBy: this.identity(author),
      createdDate: dated(createdAt),
      modifiedBy: this.identity(author),
      modifiedDate: dated(modifiedAt),
      url: `${this.url(item)}/comments/${id}`,
    };
  }

  deleted(item: AzureItem): Record<string, unknown> {
    return {
      id: item.id,
      type: item.type,
      name: item.title,
      project: this.#place.project,
      deletedDate: dated(item.deletedAt ?? 0),
      code: 200,
      url: `${this.#api}/recyclebin/${item.id}`,
      resource: this.item(item, { relations: false }),
    };
  }

  types(): Record<string, unknown>[] {
    return Object.entries(this.#state.process).map(([name, states]) => ({
      name,
      referenceName: `Microsoft.VSTS.WorkItemTypes.${name.replaceAll(' ', '')}`,
      description: '',
      isDisabled: false,
      states: states.map((state) => ({ ...state, color: 'b2b2b2' })),
      // An item begins in the first state; from there on it may go anywhere.
      transitions: {
        '': states.slice(0, 1).map((state) => ({ to: state.name, actions: null })),
        ...Object.fromEntries(
          states.map((state) => [state.name, states.map((other) => ({ to: other.name, actions: null }))]),
        ),
      },
    }));
  }

  /** What a query compares. */
  values(item: AzureItem): WiqlValues {
    return {
      'System.Id': item.id,
      'System.Rev': item.rev,
      'System.RelatedLinkCount': this.#state.relationsOf(item).length,
      'System.TeamProject': this.#place.project,
      'System.ChangedDate': item.changedAt,
      'System.CreatedDate': item.createdAt,
      'System.CreatedBy': this.#state.user(item.createdBy)?.displayName ?? item.createdBy,
      'System.Title': item.title,
      'System.Tags': item.tags,
    };
  }

  connection(viewer: AzureUser): Record<string, unknown> {
    const user = {
      id: viewer.id,
      descriptor: `Microsoft.IdentityModel.Claims.ClaimsIdentity;${viewer.uniqueName}`,
      subjectDescriptor: `aad.${viewer.id}`,
      providerDisplayName: viewer.displayName,
      isActive: true,
      properties: { Account: { $type: 'System.String', $value: viewer.uniqueName } },
    };
    return { authenticatedUser: user, authorizedUser: user, deploymentType: 'hosted' };
  }
}
