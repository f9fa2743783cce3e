/**
 * Refs in what a node records: as numbers, since what can be said to an actor would be longer than most states, and would come
 * again with every ref. A number tells the actor's id, its definition (told once, before its use) and its node.
 */

import type { ReferenceHook } from '@troupe/codec';
import type { Interface } from '../interface.ts';
import type { Kernel } from '../kernel.ts';
import type { ActorRef } from '../ref.ts';
import type { RefTable } from '../ref-table.ts';
import { isCount, isId } from '../wire.ts';
import { ActorAddress } from './actor-address.ts';
import type { DefinitionSnapshot } from './system-snapshot.ts';

/** Of definitions and of nodes as many have room beside an id; what names others, or has a name, is a list. */
const PLACES = 256;

type Numbers = number | readonly [node: number, id: number, definition: number, name: string | null];

const numbersOf = (node: number, id: number, definition: number, name: string | undefined): Numbers =>
  name === undefined && node < PLACES && definition < PLACES
    ? (id * PLACES + definition) * PLACES + node
    : [node, id, definition, name ?? null];

/** Where refs are still those of a node. */
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

  encode(value: object): Numbers {
    const { cell, nodeIndex, interface: of, name } = value as ActorRef;
    if (cell !== undefined) this.refs.exportId(cell);
    return numbersOf(nodeIndex, (value as ActorRef).id, this.numberOf(of), name);
  }

  decode(): never {
    throw new TypeError('Expected no ref to come back.');
  }

  /** Of a definition. */
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

/** Where they are addresses, and the definitions of all of them are known. */
export class RecordedAddresses implements ReferenceHook {
  private readonly nodes: readonly string[];
  private readonly definitions: readonly DefinitionSnapshot[];
  private readonly numbers: ReadonlyMap<string, number>;

  /** @param nodes the names of all nodes, by index */
  constructor(nodes: readonly string[], definitions: readonly DefinitionSnapshot[]) {
    this.nodes = nodes;
    this.definitions = definitions;
    this.numbers = new Map(definitions.map(({ key }, number) => [key, number]));
  }

  is(value: object): boolean {
    return value instanceof ActorAddress;
  }

  refusal(value: object): readonly [got: string, advice: string] | undefined {
    const { node, definition } = value as ActorAddress;
    if (!this.nodes.includes(node)) return [`an actor of node ${node}`, 'Name it among the snapshot’s nodes.'];
    if (this.numbers.has(definition)) return undefined;
    return [`an actor of ${definition}`, 'Name it among the snapshot’s definitions.'];
  }

  encode(value: object): Numbers {
    const { node, id, definition, name } = value as ActorAddress;
    return numbersOf(this.nodes.indexOf(node), id, this.numbers.get(definition) as number, name);
  }

  decode(data: unknown): ActorAddress {
    const [node, id, definition, name] = readNumbers(data);
    const at = this.nodes[node];
    const of = this.definitions[definition];
    if (at === undefined || of === undefined) throw noActor();
    return new ActorAddress(at, id, of.key, name);
  }
}

/** On a node that goes on from what was recorded, with the nodes and the definitions of all of it. */
export class RestoredRefs implements ReferenceHook {
  private readonly refs: RefTable;
  private readonly interfaces: readonly Interface[];
  private readonly nodes: number;

  constructor({ refs, nodes }: Kernel, interfaces: readonly Interface[]) {
    this.refs = refs;
    this.nodes = nodes.count;
    this.interfaces = interfaces;
  }

  is(): boolean {
    return false;
  }

  encode(): never {
    throw new TypeError('Expected no ref to be sent.');
  }

  decode(data: unknown): ActorRef {
    const [node, id, definition, name] = readNumbers(data);
    const of = this.interfaces[definition];
    if (node >= this.nodes || of === undefined) throw noActor();
    return this.refs.at(node, id, of, name);
  }
}

/** @throws TypeError */
function readNumbers(data: unknown): readonly [node: number, id: number, definition: number, name: string | undefined] {
  if (isCount(data)) {
    const rest = Math.trunc(data / PLACES);
    const id = Math.trunc(rest / PLACES);
    if (isId(id)) return [data % PLACES, id, rest % PLACES, undefined];
  } else {
    const [node, id, definition, name] = Array.isArray(data) ? (data as readonly unknown[]) : [];
    if (isCount(node) && isId(id) && isCount(definition) && (name === null || typeof name === 'string'))
      return [node, id, definition, name ?? undefined];
  }
  throw noActor();
}

const noActor = (): TypeError => new TypeError('a ref of no actor');
