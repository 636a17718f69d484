export { type Answer, jsonOf, textOf } from './answer.ts';
export {
  createTrackerFetch,
  type TrackerCall,
  type TrackerFetch,
  type TrackerFetchOptions,
} from './create-tracker-fetch.ts';
export { type Meaning, wordsOf } from './failure.ts';
export {
  assertFilters,
  type ListingCursor,
  listingCursor,
  listingIdentity,
  refuseCursor,
} from './listing.ts';
export { parseAnswer, readAnswer } from './parse-answer.ts';
export { RateBudget, type RateBudgetOptions, type SharedLedger, sharedBudget } from './rate-budget.ts';
export { type RateHeaders, type RateState, rateStateOf, retryAfterMs } from './rate-headers.ts';
export type { Heard, RateCosts, RateWindow } from './rate-ledger.ts';
export { createRedactor, type Redact } from './redactor.ts';
export {
  deliveredJson,
  type HmacSignature,
  headerOf,
  isFresh,
  SeenDeliveries,
  sameToken,
  unsigned,
  verifyHmac,
  type WebhookRequest,
} from './webhook.ts';
