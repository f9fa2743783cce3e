/** Renames the parts of a system of cores, for symmetry. */
import { type CoreShape, fingerprint, type NodeId } from '@troupe/protocol';
import { simError } from '../errors.ts';
import type { InFlight } from './in-flight.ts';
import type { Observations } from './observations.ts';
import { checkFixed, type FixedLists, listsOfIds, rename, renameSituation } from './rename.ts';
import type { Stepper } from './stepper.ts';
import type { Renamer, Renaming } from './symmetry.ts';

export class CoreRenamer<S extends CoreShape, O> implements Renamer {
  readonly #ids: ReadonlySet<string>;
  readonly #stepper: Stepper<S>;
  readonly #inFlight: InFlight;
  readonly #observations: Observations<S, O>;
  /** Of each node, as its first state has them. */
  readonly #fixed: (FixedLists | undefined)[];

  constructor(nodes: readonly NodeId[], stepper: Stepper<S>, inFlight: InFlight, observations: Observations<S, O>) {
    this.#ids = new Set(nodes);
    this.#stepper = stepper;
    this.#inFlight = inFlight;
    this.#observations = observations;
    this.#fixed = nodes.map(() => undefined);
  }

  local(node: number, number: number, { names, places }: Renaming): number {
    const { situation, failure } = this.#stepper.local(node, number);
    const { state } = situation.driver;
    const fixed = (this.#fixed[node] ??= listsOfIds(state, this.#ids));
    checkFixed(state, fixed);
    return this.#stepper.intern(places[node] as number, renameSituation(situation, names, fixed), failure);
  }

  flight(number: number, { names, places }: Renaming): number {
    const renamed = this.#inFlight.envelopesOf(number).map((envelope) => {
      const { from, to, message } = this.#inFlight.envelope(envelope);
      return this.#inFlight.number(places[from] as number, places[to] as number, rename(message, names));
    });
    return this.#inFlight.of(renamed);
  }

  observed(number: number, { names }: Renaming): number {
    return this.#observations.number(rename(this.#observations.at(number), names) as O);
  }

  requests(made: number, { names, places }: Renaming): number {
    const { requests } = this.#stepper;
    let renamed = 0;
    requests.forEach(({ node, id, request }, index) => {
      if ((made & (1 << index)) === 0) return;
      const wanted = fingerprint([places[node], rename(id, names), rename(request, names)]);
      const other = requests.findIndex((one) => fingerprint([one.node, one.id, one.request]) === wanted);
      if (other === -1) {
        throw simError(
          'TROUPE_SIM_DEFINITION',
          `Expected the requests of nodes that are symmetric to be alike, got ${wanted} of one alone.`,
        );
      }
      renamed |= 1 << other;
    });
    return renamed;
  }
}
