import { isDraftRef, refIdentity, sameRef } from '@spec-kitty/tracker-core';
import { UsageError } from '../config/usage-error.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { OpenBinding } from '../host/connect-binding.ts';
import type { CommandContext } from '../host/context.ts';
import { findIssue } from '../host/find-issue.ts';
import { type Host, openHost } from '../host/open-host.ts';
import { issueName } from '../output/names.ts';
import { line, look } from '../output/shown.ts';

export interface UnlinkOptions {
  force?: boolean;
}

/** Undoes a pairing: the issue stays with its other refs, and what the tracker holds comes in as one of its own. */
export async function unlinkCommand(
  context: CommandContext,
  id: string,
  { force = false }: UnlinkOptions,
): Promise<ExitCode> {
  const { printer } = context;
  await using host = await openHost(context);
  const { ref, title } = await findIssue(host.store, id);
  const refs = await host.store.refsOf(ref);
  const others = refs.filter((other) => !sameRef(other, ref));
  const [first] = others;
  if (!first) {
    throw new UsageError(`${issueName(ref)} is linked with no other issue`, {
      code: 'not_linked',
      fieldPath: 'ID',
    });
  }
  const bindings = await bindingsAt(host, ref, force);
  const enrolling = bindings.find(({ config }) => config.enrol !== undefined);
  if (enrolling && !force) {
    throw new UsageError(
      `${enrolling.name} enrols issues by itself: its next push could create ${issueName(first)} there once more`,
      {
        code: 'enrolled_again',
        fieldPath: 'ID',
        hint: `Take "enrol" out of its settings, or narrow it; --force unlinks all the same.`,
      },
    );
  }
  await host.store.unlinkRef(ref);
  if (!isDraftRef(ref)) {
    // A pull lists what changed: without this the issue would come in at its next change there.
    for (const binding of bindings) {
      await host.store.putEvents(binding.id, [
        {
          eventId: refIdentity(ref),
          eventType: 'created',
          issueRef: ref,
          timestamp: new Date().toISOString(),
          payload: null,
        },
      ]);
    }
  }
  const issue = await host.store.getIssue(first);
  printer.document({ unlinked: ref, issue, refs: others });
  printer.result(line`${look('bold', issueName(ref))} is unlinked from ${look('bold', issueName(first))}`);
  printer.result(line`  ${issueName(first)} stays here with all its fields: ${title}`);
  printer.result(
    isDraftRef(ref)
      ? line`  ${issueName(ref)} was not created yet, and will not be`
      : line`  ${issueName(ref)} stays at its tracker as it is there; the next pull brings it in as an issue of its own`,
  );
  return EXIT.done;
}

async function bindingsAt(
  host: Host,
  { system, workspace }: { system: string; workspace: string },
  force: boolean,
): Promise<OpenBinding[]> {
  const found: OpenBinding[] = [];
  for (const name of host.bindingNames) {
    // One that enrols must be opened to tell whether it is the one: its push would make the issue again.
    const mustOpen = host.loaded.config.bindings[name]?.enrol !== undefined && !force;
    const binding = await host.binding(name).catch((error: unknown) => {
      if (mustOpen) throw error;
      return undefined;
    });
    if (binding?.place.system === system && binding.place.workspace === workspace) found.push(binding);
  }
  return found;
}
