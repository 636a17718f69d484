import type {
  ExternalRef,
  IssueFields,
  IssuePatch,
  JsonValue,
  PluginManifest,
  TaskTrackerConnector,
} from '@spec-kitty/tracker-core';
import type { TestFunction } from '../support/runner.ts';

/** An issue that a person makes at the tracker; what is left out is as the tracker likes. */
export type SeedIssue = Partial<IssueFields> & { title: string };

/** One delivery of a webhook, as the tracker would send it. */
export interface Delivery {
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A connector to a tracker that no other case uses, and what the suite needs of the world outside. */
export interface OpenedConnector {
  connector: TaskTrackerConnector;
  /** Makes issues as a person does who works at the tracker itself. Their refs, in the same order. */
  seed(issues: SeedIssue[]): Promise<ExternalRef[]>;
  /** Changes an issue as a person does. Without it, the connector is used where it can write. */
  edit?(ref: ExternalRef, patch: IssuePatch): Promise<void>;
  /** Deletes an issue as a person does. */
  remove?(ref: ExternalRef): Promise<void>;
  /** A signed delivery about this issue. Needed where `supportsWebhooks`. */
  signedWebhook?(ref: ExternalRef): Promise<Delivery>;
  /** Lets time pass at the tracker. Needed where `lagMs`; without a lag, time may stand still. */
  advance?(ms: number): Promise<void>;
  /**
   * Values that this tracker takes, where it does not take any: two or more people, custom keys with values. `lossy`: for
   * a field that is said to be lossy, a value that does not come back as it is written, where the suite tries none.
   */
  values?: {
    assignees?: string[];
    customFields?: Record<string, JsonValue>;
    lossy?: Partial<IssueFields>;
  };
  /** Closes what `open` opened. The connector itself is disposed by the suite before. */
  dispose(): Promise<void>;
}

/** A test runner, the manifest to be kept, and a way to open the tracker. */
export interface ConnectorConformanceOptions {
  test: TestFunction;
  /** What is tested is what its manifest promises; what it does not promise is tested to be refused. */
  plugin: { manifest: PluginManifest };
  /** Called once for each case. */
  open(): Promise<OpenedConnector>;
}
