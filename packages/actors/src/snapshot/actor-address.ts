/** Where an actor was: what stands in a snapshot for a ref, which would mean an actor of the running system. */

import type { ReferenceHook } from '@troupe/codec';
import { checkRefData } from '../ref-table.ts';
import { isId, type RefData } from '../wire.ts';

export class ActorAddress {
  /** The name of its node. */
  readonly node: string;
  readonly id: number;
  /** The key of its definition. */
  readonly definition: string;
  /** Its name, if it was known. */
  readonly name: string | undefined;
  /** @internal What can be said to it. */
  readonly kinds: readonly string[];
  /** @internal Which of these are streams. */
  readonly streams: readonly number[];

  constructor(
    node: string,
    id: number,
    definition: string,
    name: string | undefined,
    kinds: readonly string[],
    streams: readonly number[],
  ) {
    this.node = node;
    this.id = id;
    this.definition = definition;
    this.name = name;
    this.kinds = kinds;
    this.streams = streams;
  }

  /** As refs are shown: `n2/Counter#17`, or `n2/counter` where it has a name. */
  toString(): string {
    return `${this.node}/${this.name ?? `${nameOf(this.definition)}#${this.id}`}`;
  }
}

export const nameOf = (definition: string): string => definition.slice(definition.lastIndexOf('#') + 1);

/** On the wire an address is what a ref is: so a ref becomes one where it is decoded with this, and one becomes a ref again. */
export class AddressHook implements ReferenceHook {
  private readonly nodes: readonly string[];

  /** @param nodes the names of all nodes, by index */
  constructor(nodes: readonly string[]) {
    this.nodes = nodes;
  }

  is(value: object): boolean {
    return value instanceof ActorAddress;
  }

  refusal(value: object): readonly [got: string, advice: string] | undefined {
    const { node } = value as ActorAddress;
    return this.nodes.includes(node) ? undefined : [`an actor of node ${node}`, 'Name the nodes as they were.'];
  }

  encode(value: object): RefData {
    const { node, id, definition, kinds, streams, name } = value as ActorAddress;
    return [this.nodes.indexOf(node), id, definition, kinds, streams, name ?? null];
  }

  /** @throws TROUPE_FRAME_MALFORMED */
  decode(data: unknown): ActorAddress {
    const [node, id, key, kinds, streams, name] = checkRefData(data, this.nodes.length);
    return new ActorAddress(this.nodes[node] as string, id, key, name ?? undefined, kinds, streams);
  }
}

/** For bytes that outlive a system: nodes are named. */
export const addresses: ReferenceHook = {
  is: (value) => value instanceof ActorAddress,
  encode: (value) => {
    const { node, id, definition, name, kinds, streams } = value as ActorAddress;
    return [node, id, definition, name ?? null, kinds, streams];
  },
  decode: (data) => {
    const [node, id, definition, name, kinds, streams] = data as readonly unknown[];
    const isSound =
      [node, definition].every((text) => typeof text === 'string') &&
      isId(id) &&
      (name === null || typeof name === 'string') &&
      [kinds, streams].every(Array.isArray);
    if (!isSound) throw new TypeError('what should be an address is none');
    return new ActorAddress(
      node as string,
      id as number,
      definition as string,
      (name ?? undefined) as never,
      kinds as never,
      streams as never,
    );
  },
};
