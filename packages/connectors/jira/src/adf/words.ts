/** The panels that Markdown has a word for: https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#alerts */
export const ALERTS: Readonly<Record<string, string>> = {
  NOTE: 'info',
  IMPORTANT: 'note',
  TIP: 'success',
  WARNING: 'warning',
  CAUTION: 'error',
};

/** What the address of a mention begins with: the account's id follows. */
export const MENTION = 'mention:';
