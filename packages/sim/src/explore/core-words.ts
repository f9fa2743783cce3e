/** Transitions of a system of cores in words. */
import { type CoreShape, fingerprint, type NodeId } from '@troupe/protocol';
import type { Occurrence } from '../view.ts';
import { textOf } from '../world/message-text.ts';
import type { InFlight } from './in-flight.ts';
import type { LocalState, LocalStep, Outcome } from './local-state.ts';
import type { StepWords } from './state-space.ts';
import type { Stepper } from './stepper.ts';

export type CoreStep =
  | LocalStep
  | { readonly kind: 'lose' | 'duplicate'; readonly envelope: number }
  /** All clocks go on, or one. */
  | { readonly kind: 'time' | 'clock' };

const TEXT_MAX = 400;

export class CoreWords<S extends CoreShape> {
  readonly #nodes: readonly NodeId[];
  readonly #stepper: Stepper<S>;
  readonly #inFlight: InFlight;

  constructor(nodes: readonly NodeId[], stepper: Stepper<S>, inFlight: InFlight) {
    this.#nodes = nodes;
    this.#stepper = stepper;
    this.#inFlight = inFlight;
  }

  start(flight: number): string {
    const envelopes = this.#inFlight.envelopesOf(flight).map((envelope) => this.#message(envelope));
    return `${this.#nodes.join(', ')} have started${envelopes.length === 0 ? '' : `; on the way: ${envelopes.join('; ')}`}`;
  }

  step(step: CoreStep, node: number, outcome: Outcome | undefined, before: LocalState<S>): StepWords {
    return {
      action: this.action(step, node, before),
      effects: outcome === undefined ? [] : this.#effects(node, outcome, before),
    };
  }

  /** `before`: where clocks are told of. */
  action(step: CoreStep, node: number, before?: LocalState<S>): string {
    const id = this.#nodes[node] as NodeId;
    switch (step.kind) {
      case 'message': {
        const { from, message } = this.#inFlight.envelope(step.envelope);
        return `${id} receives ${text(message)} from ${this.#nodes[from]}`;
      }
      case 'lose':
        return `lost: ${this.#message(step.envelope)}`;
      case 'duplicate':
        return `doubled: ${this.#message(step.envelope)}`;
      case 'request':
        return `${id} is asked for ${text(this.#stepper.requests[step.index]?.request)}`;
      case 'timeout':
        return `${id}: timer ${step.label} fires`;
      case 'persisted':
        return `${id}: its oldest record is durable`;
      case 'persist-failed':
        return `${id}: the write of its oldest record fails`;
      case 'time':
        return `time passes: it was ${before?.view.now}`;
      case 'clock':
        return `${id}: its clock goes on from ${before?.view.now}`;
      case 'applied':
        return `${id}: its command is applied`;
      case 'crash':
        return `${id} crashes`;
      case 'restart':
        return `${id} restarts`;
    }
  }

  #effects(node: number, { to, sends, told }: Outcome, before: LocalState<S>): string[] {
    const after = this.#stepper.local(node, to);
    const sent = Map.groupBy(this.#inFlight.batchAt(sends), (envelope) =>
      text(this.#inFlight.envelope(envelope).message),
    );
    return [
      ...(after.failure === undefined ? [] : [`throws ${after.failure}`]),
      ...this.#survivors(before, after),
      ...this.#stepper.told.at(told).flatMap((occurrence) => telling(occurrence)),
      ...[...sent].map(
        ([message, envelopes]) =>
          `sends ${message} to ${envelopes.map((envelope) => this.#nodes[this.#inFlight.envelope(envelope).to]).join(', ')}`,
      ),
      ...changes(before.view.state, after.view.state),
    ];
  }

  #survivors(before: LocalState<S>, after: LocalState<S>): string[] {
    const { unsynced, isUp } = before.situation;
    if (!isUp || after.situation.isUp || unsynced.length === 0) return [];
    return [
      `${unsynced.length} record${unsynced.length === 1 ? '' : 's'} under way; durable now: ${text(after.situation.durable)}`,
    ];
  }

  #message(envelope: number): string {
    const { from, to, message } = this.#inFlight.envelope(envelope);
    return `${text(message)} from ${this.#nodes[from]} to ${this.#nodes[to]}`;
  }
}

function telling<S extends CoreShape>(occurrence: Occurrence<S>): string[] {
  switch (occurrence.kind) {
    case 'reply':
      return [`replies ${text(occurrence.reply)}`];
    case 'indication':
      return [`tells ${text(occurrence.indication)}`];
    case 'applied':
      return [`applies ${text(occurrence.command)}: ${text(occurrence.result)}`];
    case 'request':
    case 'crash':
    case 'restart':
      return [];
  }
}

/** What a step has changed of a record, field by field. */
function changes(before: unknown, after: unknown): string[] {
  if (typeof before !== 'object' || before === null || typeof after !== 'object' || after === null) return [];
  const old = before as Readonly<Record<string, unknown>>;
  const changed = Object.entries(after).filter(([key, value]) => fingerprint(old[key]) !== fingerprint(value));
  return changed.length === 0 ? [] : [changed.map(([key, value]) => `${key} = ${text(value)}`).join(', ')];
}

const text = (value: unknown): string => textOf(value, TEXT_MAX);
