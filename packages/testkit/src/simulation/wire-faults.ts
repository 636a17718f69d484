import { ConnectorRequestError } from '@spec-kitty/tracker-core';
import type { World } from './world.ts';

export const lost = (): ConnectorRequestError =>
  new ConnectorRequestError('connection reset', { failureClass: 'transient' });

/** What a request may meet before it has its effect. @throws ConnectorRequestError */
export function faultBefore(world: World): void {
  const strikes: World['strikes'] = (kind, probability) => world.strikes(kind, probability);
  if (strikes('lost_before', 0.02)) throw lost();
  if (strikes('server_error', 0.01)) throw new ConnectorRequestError('unavailable', { statusCode: 503 });
  const retryAfterMs = 1000;
  const failureClass = 'rate_limit';
  if (strikes('limit_429', 0.006))
    throw new ConnectorRequestError('slow down', { statusCode: 429, retryAfterMs });
  if (strikes('limit_400', 0.003))
    throw new ConnectorRequestError('slow down', { statusCode: 400, failureClass, retryAfterMs });
  if (strikes('limit_200', 0.003))
    throw new ConnectorRequestError('slow down', { statusCode: 200, failureClass });
  if (strikes('refused_login', 0.002)) throw new ConnectorRequestError('who are you', { statusCode: 401 });
  if (strikes('forbidden', 0.003)) throw new ConnectorRequestError('not for you', { statusCode: 403 });
  timeOut(world);
}

/** What an answer may meet, its request done. @throws ConnectorRequestError */
export function faultAfter(world: World, write: boolean): void {
  if (world.strikes('lost_after', write ? 0.05 : 0.01)) throw lost();
  timeOut(world);
}

function timeOut(world: World): void {
  if (!world.strikes('time_out', 0.003)) return;
  world.millis += 5000;
  throw new ConnectorRequestError('no answer in time', { failureClass: 'transient' });
}
