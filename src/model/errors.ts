// The operator erred: one line, exit status 2, nothing was sent.

/** An error of the command line, the configuration or a file; `message` is `subject: what happened: got X, want Y; hint`. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
