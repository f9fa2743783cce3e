/** What the command line is made of. */

export interface Command {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly help: string;
  /** @returns the exit code @throws UsageError */
  run(args: readonly string[]): Promise<number>;
}

/** The words of a call are off: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  /** Whose words they are; empty: those before any command. */
  readonly command: string;

  /** `message` is one or more sentences. */
  constructor(command: string, message: string) {
    super(message);
    this.command = command;
  }
}
