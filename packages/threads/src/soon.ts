const settled = Promise.resolve();

/** Runs in a microtask. `queueMicrotask` makes an async resource for each call, which takes longer than a message. */
export function soon(run: () => void): void {
  void settled.then(run);
}
