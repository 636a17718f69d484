import {
  CapabilityNotSupportedError,
  ConnectorConfigError,
  IssueNotFoundError,
  type SpecKittyTrackerError,
} from '@spec-kitty/tracker-core';
import type { CommandFailure } from '@spec-kitty/tracker-process';

/** A value that this fp does not take. */
function refused(field: string, said: string): CapabilityNotSupportedError {
  return new CapabilityNotSupportedError(`fp does not take this ${field}: ${said}`, {
    capability: field,
    fieldPath: field,
  });
}

/** What fp's own words mean. It ends with status 1 whatever the reason. */
export function explain({ said, name }: CommandFailure): SpecKittyTrackerError | undefined {
  if (/\.fp directory not found/i.test(said)) {
    return new ConnectorConfigError(
      `${name}: there is no fp project here. Name a folder of the project as "cwd", or set fp up in it`,
      { fieldPath: 'cwd' },
    );
  }
  const missing = /Issue (\S+) not found/i.exec(said)?.[1];
  if (missing !== undefined) return new IssueNotFoundError(`fp has no issue ${missing}`);
  if (/Invalid status/i.test(said)) return refused('status', said);
  if (/Invalid priority/i.test(said)) return refused('priority', said);
  if (/Property .*is not registered|Property is not registered/i.test(said)) return refused('labels', said);
  if (/unknown (?:option|command|flag|argument)/i.test(said)) {
    return new ConnectorConfigError(
      `${name}: this fp does not know what it was asked for (${said}). Upgrade fp to 0.25, or look whether "command" is fp`,
      { fieldPath: 'command' },
    );
  }
  return undefined;
}
