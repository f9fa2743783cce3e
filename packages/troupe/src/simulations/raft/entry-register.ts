/**
 * Every entry that was ever seen in a log. An entry is named by its index and term; so log matching is: one name, one entry,
 * and one term before it.
 *
 * @paper Raft, figure 3
 */
import { fingerprint } from '@troupe/protocol';
import type { Entry, Raft } from '@troupe/raft';
import type { NodeView } from '@troupe/sim';

export class EntryRegister {
  /** By index, then term. */
  readonly #entries: Map<number, { readonly entry: Entry; readonly previousTerm: number }>[] = [];

  /** Takes down an entry of this member. What is wrong with it; undefined where it is as it was elsewhere. */
  objectionTo({ id, state }: NodeView<Raft>, index: number, entry: Entry, previousTerm: number): string | undefined {
    const { term } = entry;
    const isEmpty = entry.kind === 'command' && entry.data === null;
    if (isEmpty && !state.volatile.isBlind) return `${id} has a machine, and no command for it at ${index}`;
    let terms = this.#entries[index];
    if (terms === undefined) {
      terms = new Map();
      this.#entries[index] = terms;
    }
    const known = terms.get(term);
    if (known === undefined || (known.entry.data === null && !isEmpty)) terms.set(term, { entry, previousTerm });
    if (known === undefined) return undefined;
    if (known.previousTerm !== previousTerm)
      return `${id} has term ${previousTerm} before entry ${index} of term ${term}, another ${known.previousTerm}`;
    if (known.entry === entry || isSame(known.entry, entry)) return undefined;
    return `${id} has an entry ${index} of term ${term} that differs from another's`;
  }
}

function isSame(one: Entry, other: Entry): boolean {
  if (one.kind !== other.kind) return false;
  // A witness keeps no commands.
  if (one.kind === 'command' && (one.data === null || other.data === null)) return true;
  return one.time === other.time && fingerprint(one.data) === fingerprint(other.data);
}
