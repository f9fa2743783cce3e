/** A core with a defect: for tests of the checks, which must find it. What it leaves alone is the core's own. */
import type { Core } from '../core.ts';
import type { Effects } from '../effects.ts';
import type { Event } from '../event.ts';
import type { CoreShape } from '../shape.ts';

export interface Mutation<S extends CoreShape> {
  /** Before the step: the event that is taken instead; nothing, where the step does not take place. */
  readonly event?: (event: Event<S>, state: S['State'], out: Effects<S>) => Event<S> | undefined;
  /** Effects that become others. */
  readonly out?: (out: Effects<S>, state: S['State'], event: Event<S>) => Partial<Effects<S>>;
  /** After the step. */
  readonly after?: (event: Event<S>, state: S['State'], out: Effects<S>) => void;
}

export function mutate<S extends CoreShape>(
  core: Core<S>,
  { event: before, out: change, after }: Mutation<S>,
): Core<S> {
  const { fold } = core;
  return {
    name: `mutated ${core.name}`,
    ...(fold && { fold: (durable, record) => fold.call(core, durable, record) }),
    init: (options, durable) => core.init(options, durable),
    step(state, given, out) {
      const event = before === undefined ? given : before(given, state, out);
      if (event === undefined) return;
      core.step(state, event, change === undefined ? out : { ...forward(out), ...change(out, state, event) });
      after?.(event, state, out);
    },
  };
}

function forward<S extends CoreShape>(out: Effects<S>): Effects<S> {
  return {
    send: (to, message, after) => out.send(to, message, after),
    setTimer: (timer, delay) => out.setTimer(timer, delay),
    cancelTimer: (timer) => out.cancelTimer(timer),
    persist: (token, record) => out.persist(token, record),
    apply: (command, token) => out.apply(command, token),
    reply: (id, reply) => out.reply(id, reply),
    indicate: (indication) => out.indicate(indication),
    request: (request, token) => out.request(request, token),
    choose: (label, n) => out.choose(label, n),
    buggify: (label) => out.buggify(label),
    ignore: (reason) => out.ignore(reason),
  };
}
