/** What ends a command from outside: it stops where it is, tells what it has, and says in its exit code that it was ended. */

/** 128 and the signal's number, as shells have it. */
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Aborts at the first of these signals, with its name as the reason. A second one of a name ends the process at once. */
export function endingSignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of Object.keys(EXIT_CODES)) process.once(name, () => ending.abort(name));
  return ending.signal;
}

/** Undefined where none has come. */
export function endedBy({ aborted, reason }: AbortSignal): keyof typeof EXIT_CODES | undefined {
  return aborted ? (reason as keyof typeof EXIT_CODES) : undefined;
}

export function exitCodeOf(name: keyof typeof EXIT_CODES): number {
  return EXIT_CODES[name];
}
