import type { AzureItem } from './state.ts';
import { type AzurePlace, type AzureViews, dated } from './views.ts';

export interface AzureDelivery {
  headers: Record<string, string>;
  body: Uint8Array;
}

/** The events that service hooks know of work items. */
export type AzureEvent =
  | 'workitem.created'
  | 'workitem.updated'
  | 'workitem.deleted'
  | 'workitem.restored'
  | 'workitem.commented';

/** How a delivery is authenticated: there is no signature. */
export type AzureHookAuth = 'basic' | 'header';

/**
 * A delivery of a service hook; of an update, `resource.id` is the number of the update.
 * https://learn.microsoft.com/en-us/azure/devops/service-hooks/events#work-item-updated
 */
export function azureDelivery(
  views: AzureViews,
  place: AzurePlace,
  given: {
    secret: string;
    auth: AzureHookAuth;
    number: number;
    event: AzureEvent;
    item: AzureItem;
    now: number;
    extra: Record<string, unknown>;
  },
): AzureDelivery {
  const { secret, auth, number, event, item, now, extra } = given;
  const shown = views.item(item, { relations: true });
  const change = {
    'System.Rev': { oldValue: item.rev - 1, newValue: item.rev },
    'System.ChangedDate': { newValue: dated(item.changedAt) },
  };
  const resource =
    event === 'workitem.updated'
      ? { id: item.rev, workItemId: item.id, rev: item.rev, fields: change, revision: shown }
      : shown;
  const payload = {
    subscriptionId: '20eeb007-0000-4000-8000-000000000001',
    notificationId: number,
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    eventType: event,
    publisherId: 'tfs',
    message: { text: `${item.type} #${item.id}`, html: '', markdown: '' },
    resource,
    resourceVersion: '1.0',
    resourceContainers: {
      collection: {
        id: '888cd319-0000-4000-8000-000000000004',
        baseUrl: `${place.baseUrl}/${place.organization}/`,
      },
      project: { id: '753432ed-0000-4000-8000-000000000006' },
    },
    createdDate: dated(now),
    ...extra,
  };
  const body = new TextEncoder().encode(JSON.stringify(payload));
  const proof =
    auth === 'basic'
      ? { Authorization: `Basic ${Buffer.from(`hook:${secret}`).toString('base64')}` }
      : { 'X-Webhook-Secret': secret };
  return {
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': String(body.length),
      ...proof,
    },
    body,
  };
}
