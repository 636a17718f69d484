/**
 * What GitLab takes for commands of issues: a line that begins with one is done, and is in no text.
 * https://docs.gitlab.com/user/project/quick_actions/
 */
const COMMANDS = new Set(
  `add_child add_contacts add_email add_parent add_to_do assign award blocked_by blocks board_move cc checkin_reminder
  child clear_health_status clear_iteration clear_parent clear_weight clone close confidential convert_to_ticket
  create_merge_request done due duplicate epic estimate estimate_time health_status iteration label labels link lock
  milestone move page parent promote promote_to promote_to_incident publish reassign react relabel relate
  remove_child remove_contacts remove_due_date remove_email remove_epic remove_estimate remove_iteration
  remove_label remove_milestone remove_parent remove_spent remove_time_estimate remove_time_spent
  remove_zoom reopen set_parent severity shrug spend spend_time spent subscribe tableflip tag target_branch timeline
  title todo type unassign unlabel unlink unlock unsubscribe weight zoom`
    .trim()
    .split(/\s+/),
);

/** The first line of a text that GitLab would do instead of keeping it. Code is kept. */
export function commandIn(text: string): string | undefined {
  let fence: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const mark = /^\s{0,3}(```|~~~)/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || fence === mark))
      fence = fence === undefined ? mark : undefined;
    const command = /^\/([a-z_]+)(?:\s|$)/i.exec(line)?.[1];
    if (fence === undefined && command !== undefined && COMMANDS.has(command.toLowerCase())) return line;
  }
  return undefined;
}
