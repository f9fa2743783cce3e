/**
 * Refs in what a node records, on their way to the initiator: as numbers, since what can be said to an actor would be longer
 * than most states, and would come again with every ref. The numbers are of definitions, which are told once, before their use.
 */

import type { ReferenceHook } from '@troupe/codec';
import type { Interface } from '../interface.ts';
import type { ActorRef } from '../ref.ts';
import type { RefTable } from '../ref-table.ts';
import { isCount, isId } from '../wire.ts';
import { ActorAddress } from './actor-address.ts';
import type { DefinitionSnapshot } from './system-snapshot.ts';

export class RecordedRefs implements ReferenceHook {
  private readonly refs: RefTable;
  private readonly numbers = new Map<Interface, number>();
  private fresh: DefinitionSnapshot[] = [];

  constructor(refs: RefTable) {
    this.refs = refs;
  }

  /** Numbers are given anew. */
  reset(): void {
    this.numbers.clear();
    this.fresh = [];
  }

  is(value: object): boolean {
    return this.refs.is(value);
  }

  refusal(value: object): readonly [got: string, advice: string] | undefined {
    return this.refs.refusal(value);
  }

  encode(value: object): readonly [node: number, id: number, definition: number, name: string | null] {
    const { cell, nodeIndex, interface: of, name } = value as ActorRef;
    if (cell !== undefined) this.refs.exportId(cell);
    return [nodeIndex, (value as ActorRef).id, this.numberOf(of), name ?? null];
  }

  decode(): never {
    throw new TypeError('Expected no ref to come back.');
  }

  numberOf(of: Interface): number {
    const known = this.numbers.get(of);
    if (known !== undefined) return known;
    const { key, kinds, streams } = of;
    this.fresh.push({ key, kinds, streams });
    this.numbers.set(of, this.numbers.size);
    return this.numbers.size - 1;
  }

  /** Those that were numbered since this was called last. */
  takeFresh(): readonly DefinitionSnapshot[] {
    const { fresh } = this;
    this.fresh = [];
    return fresh;
  }
}

/** At the initiator: addresses of what one node has recorded. */
export class NumberedAddresses implements ReferenceHook {
  readonly definitions: DefinitionSnapshot[] = [];
  private readonly nodes: readonly string[];

  constructor(nodes: readonly string[]) {
    this.nodes = nodes;
  }

  is(): boolean {
    return false;
  }

  encode(): never {
    throw new TypeError('Expected no ref to be sent.');
  }

  decode(data: unknown): ActorAddress {
    const [node, id, number, name] = data as readonly unknown[];
    const at = isCount(node) ? this.nodes[node] : undefined;
    const definition = isCount(number) ? this.definitions[number] : undefined;
    if (at === undefined || definition === undefined || !isId(id) || !(name === null || typeof name === 'string'))
      throw new TypeError('a ref of no actor');
    return new ActorAddress(at, id, definition.key, name ?? undefined);
  }
}
