/** What a snapshot's bytes say. They are another thread's word, or a file's: whatever they are, they end in a value or in an error. */

import { Decoder } from '@troupe/codec';
import { HOME } from '../names.ts';
import { ActorAddress, actorText } from './actor-address.ts';
import type { ActorRecord, FlightRecord } from './actor-record.ts';
import { checkActor, checkInFlight, invalid } from './check-snapshot.ts';
import { RecordedAddresses } from './recorded-refs.ts';
import type { RecordedNode, RecordedSnapshot } from './recorded-snapshot.ts';
import { ANSWERS, DATA } from './snapshot-control.ts';
import type {
  ActorSnapshot,
  ChannelOfNodes,
  DefinitionSnapshot,
  MessageInFlight,
  SuspendedActor,
  SystemSnapshot,
} from './system-snapshot.ts';

export type Contents = Pick<SystemSnapshot, 'definitions' | 'actors' | 'channels' | 'suspended'>;
type Channel = ChannelOfNodes & { readonly messages: MessageInFlight[] };

/** @throws TROUPE_SNAPSHOT_INVALID */
export function readContents(recorded: RecordedSnapshot): Contents {
  const reader = new Reader(recorded);
  for (const node of recorded.nodes) {
    try {
      reader.read(node);
    } catch (cause) {
      throw invalid(`what ${node.name} recorded`, 'records of actors and messages', 'something else', cause);
    }
  }
  return reader.contents();
}

class Reader {
  private readonly recorded: RecordedSnapshot;
  private readonly definitions = new Map<string, DefinitionSnapshot>();
  private readonly actors: ActorSnapshot[] = [];
  private readonly channels = new Map<string, Channel>();

  constructor(recorded: RecordedSnapshot) {
    this.recorded = recorded;
  }

  read({ name, definitions, pieces }: RecordedNode): void {
    for (const definition of definitions) this.define(definition);
    const decoder = new Decoder({ references: new RecordedAddresses(this.recorded.names, definitions) });
    for (const { bytes, ends } of pieces) {
      let at = 0;
      for (const end of ends) {
        const record = decoder.decode(bytes, at, end) as ActorRecord | FlightRecord;
        if (Array.isArray(record)) this.takeMessage(name, record as unknown as FlightRecord);
        else this.takeActor(name, definitions, record as ActorRecord);
        at = end;
      }
    }
  }

  contents(): Contents {
    const order = new Map(this.recorded.nodes.map(({ name }, at) => [name, at]));
    const place = (node: string): number => order.get(node) as number;
    const actors = this.actors.sort((a, b) => place(a.node) - place(b.node) || a.id - b.id);
    const suspended: SuspendedActor[] = [];
    for (const actor of actors) {
      const { node, id, suspended: why } = actor;
      if (why !== undefined) suspended.push({ actor: actorText(actor), node, id, why });
    }
    return {
      definitions: [...this.definitions.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
      actors,
      channels: [...this.channels.values()].sort(
        (a, b) => place(a.from) - place(b.from) || place(a.to) - place(b.to) || (a.lane < b.lane ? 1 : -1),
      ),
      suspended,
    };
  }

  private define(definition: DefinitionSnapshot): void {
    const { key, kinds } = definition;
    const known = this.definitions.get(key);
    if (known === undefined) this.definitions.set(key, definition);
    else if (known.kinds.join() !== kinds.join()) throw new TypeError(`two versions of ${key}`);
  }

  private takeActor(node: string, definitions: readonly DefinitionSnapshot[], record: ActorRecord): void {
    const { id, name, argument, state, parent } = record;
    const actor: { readonly [K in keyof ActorSnapshot]: unknown } = {
      node,
      id,
      name,
      definition: definitions[record.definition as number]?.key,
      parent: this.isRoot(parent) ? undefined : parent,
      argument,
      state,
      hasFailed: record.hasFailed ?? false,
      behaviours: record.behaviours ?? [],
      signals: record.signals ?? [],
      mailbox: record.mailbox ?? [],
      stash: record.stash ?? [],
      timers: record.timers ?? [],
      links: record.links ?? [],
      monitors: record.monitors ?? [],
      offers: record.offers ?? [],
      topics: record.topics ?? [],
      policy: record.policy ?? this.recorded.policy,
      overflow: record.overflow,
      suspended: record.suspended,
      serving: record.serving,
      asks: record.asks ?? [],
    };
    checkActor(actor, 'an actor');
    this.actors.push(actor as ActorSnapshot);
  }

  private takeMessage(node: string, [from, lane, message]: FlightRecord): void {
    const { names, nodes } = this.recorded;
    const sender = names[from];
    if (!nodes.some(({ name }) => name === sender) || (lane !== DATA && lane !== ANSWERS))
      throw new TypeError('a channel from no node');
    checkInFlight(message, 'a message');
    const key = `${from}/${node}/${lane}`;
    let channel = this.channels.get(key);
    if (channel === undefined) {
      channel = { from: sender as string, to: node, lane: lane === DATA ? 'messages' : 'answers', messages: [] };
      this.channels.set(key, channel);
    }
    channel.messages.push(message as unknown as MessageInFlight);
  }

  private isRoot(parent: unknown): boolean {
    const { names, root } = this.recorded;
    return parent instanceof ActorAddress && parent.node === names[HOME] && parent.id === root;
  }
}
