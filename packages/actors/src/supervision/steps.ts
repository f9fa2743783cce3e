/**
 * Runs what follows from one end after the other: what an actor's end brings about is the end of others, as many as there
 * are, one below the other or linked in a row, and each would stand on the stack of the one before.
 *
 * All of it is done when the first call returns, as if it were recursive; but for what waits for something else.
 */
export class Steps {
  private waiting: (() => void)[] = [];
  private isRunning = false;

  run(step: () => void): void {
    this.waiting.push(step);
    if (this.isRunning) return;
    this.isRunning = true;
    const errors: unknown[] = [];
    while (this.waiting.length > 0) {
      const steps = this.waiting;
      this.waiting = [];
      for (const next of steps) {
        try {
          next();
        } catch (error) {
          errors.push(error);
        }
      }
    }
    this.isRunning = false;
    // Whoever was being served fails for the first; no step is left out for it.
    if (errors.length > 0) throw errors[0];
  }
}
