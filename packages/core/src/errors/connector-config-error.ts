import { type ErrorDetails, SpecKittyTrackerError } from './tracker-error.ts';

/** A connector, store, binding or engine was configured wrongly; `fieldPath` names the option. */
export class ConnectorConfigError extends SpecKittyTrackerError {
  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details, 'connector_config');
  }
}
