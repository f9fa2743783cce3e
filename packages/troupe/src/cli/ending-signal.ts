/** What ends a command from outside: it stops where it is, tells what it has, and says in its exit code that it was ended. */

/** 128 and the signal's number, as shells have it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
/** A terminal sends its signal to `npx` and to this process, and `npx` passes it on: that is one, and not somebody in a hurry. */
const SAME_MILLISECONDS = 500;

type Name = keyof typeof EXIT_CODES;

/** Aborts at the first of these signals, with its name as the reason. One that comes later ends the process at once. */
export function endingSignal(): AbortSignal {
  const ending = new AbortController();
  let since: number | undefined;
  const onSignal = (name: Name): void => {
    if (since !== undefined && performance.now() - since > SAME_MILLISECONDS) process.exit(EXIT_CODES[name]);
    since ??= performance.now();
    ending.abort(name);
  };
  for (const name of Object.keys(EXIT_CODES)) process.on(name, onSignal);
  return ending.signal;
}

/** Undefined where none has come. */
export function endedBy({ aborted, reason }: AbortSignal): Name | undefined {
  return aborted ? (reason as Name) : undefined;
}

export function exitCodeOf(name: Name): number {
  return EXIT_CODES[name];
}
