/** What supervisors did, as it happened. */

import type { SystemEvent } from 'troupe';

export interface Happening {
  /** Seconds since the start. */
  readonly at: number;
  readonly what: string;
}

/** What the timeline keeps; later ones are only counted. */
const HAPPENINGS_MAX = 100;

export class Timeline {
  readonly happenings: Happening[] = [];
  dropped = 0;
  private readonly startedAt = performance.now();
  private readonly tell: (happening: Happening) => void;

  constructor(tell: (happening: Happening) => void) {
    this.tell = tell;
  }

  add(event: SystemEvent): void {
    const what = describe(event);
    if (what === undefined) return;
    const happening = { at: Math.round(performance.now() - this.startedAt) / 1_000, what };
    if (this.happenings.length < HAPPENINGS_MAX) this.happenings.push(happening);
    else this.dropped++;
    this.tell(happening);
  }
}

function describe(event: SystemEvent): string | undefined {
  switch (event.type) {
    case 'node-down':
      return `${event.node} ended: ${event.reason}; messages lost with it: ${event.lost}`;
    case 'node-up':
      return `${event.node} is up again`;
    case 'failed':
      return `${event.actor} failed in ${event.in}: ${messageOf(event.error)}`;
    case 'restarted':
      return `${event.actor} was started again`;
    case 'revoked':
      return `${event.actor} did not stop in time`;
    default:
      return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
