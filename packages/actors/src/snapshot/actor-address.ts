/** Where an actor was: what stands in a snapshot for a ref, which would mean an actor of the running system. */

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
