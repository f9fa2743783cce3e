/** Where an actor was: what stands in a snapshot for a ref, which would mean an actor of the running system. */

import type { ReferenceHook } from '@troupe/codec';
import { isId, type RefData } from '../wire.ts';
import type { DefinitionSnapshot } from './system-snapshot.ts';

export class ActorAddress {
  /** The name of its node. */
  readonly node: string;
  readonly id: number;
  /** The key of its definition. */
  readonly definition: string;
  /** Its name, if it was known. */
  readonly name: string | undefined;

  constructor(node: string, id: number, definition: string, name: string | undefined) {
    this.node = node;
    this.id = id;
    this.definition = definition;
    this.name = name;
  }

  /** As refs are shown: `n2/Counter#17`, or `n2/counter` where it has a name. */
  toString(): string {
    return actorText(this);
  }
}

export const actorText = ({ node, id, definition, name }: Omit<ActorAddress, 'toString'>): string =>
  `${node}/${name ?? `${definition.slice(definition.lastIndexOf('#') + 1)}#${id}`}`;

/** Addresses on their way into a system: there they are refs. */
export class AddressHook implements ReferenceHook {
  private readonly nodes: readonly string[];
  private readonly definitions: ReadonlyMap<string, DefinitionSnapshot>;

  /** @param nodes the names of all nodes, by index */
  constructor(nodes: readonly string[], definitions: readonly DefinitionSnapshot[]) {
    this.nodes = nodes;
    this.definitions = new Map(definitions.map((definition) => [definition.key, definition]));
  }

  is(value: object): boolean {
    return value instanceof ActorAddress;
  }

  refusal(value: object): readonly [got: string, advice: string] | undefined {
    const { node } = value as ActorAddress;
    return this.nodes.includes(node) ? undefined : [`an actor of node ${node}`, 'Name the nodes as they were.'];
  }

  encode(value: object): RefData {
    const { node, id, definition, name } = value as ActorAddress;
    const { kinds = [], streams = [] } = this.definitions.get(definition) ?? {};
    // Lists of its own: what occurs twice in a value is a matter of more work.
    return [this.nodes.indexOf(node), id, definition, [...kinds], [...streams], name ?? null];
  }

  decode(): never {
    throw new TypeError('Expected no address to come back.');
  }
}

/** For bytes that outlive a system: nodes are named. */
export const addresses: ReferenceHook = {
  is: (value) => value instanceof ActorAddress,
  encode: (value) => {
    const { node, id, definition, name } = value as ActorAddress;
    return [node, id, definition, name ?? null];
  },
  decode: (data) => {
    const [node, id, definition, name] = data as readonly unknown[];
    const isSound = typeof node === 'string' && typeof definition === 'string' && isId(id);
    if (!isSound || !(name === null || typeof name === 'string'))
      throw new TypeError('what should be an address is none');
    return new ActorAddress(node, id, definition, name ?? undefined);
  },
};
