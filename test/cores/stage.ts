/**
 * One group of three members on every host: on worker threads, each on a node of its own, that can be killed; inline, all
 * in the calling thread, where a member is stopped instead. To the others both are a crash.
 */

import { type CoreDefinition, createSystem, type Ref, type RefOf, type System, spawnGroup } from 'troupe';
import type { NodeId } from 'troupe/protocol';
import { describe } from 'vitest';
import { SILENT } from '../actors/hosts.ts';
import { Recorder, type Tally } from './fixtures/stacks.ts';

export const IDS = ['n1', 'n2', 'n3'] as const;
export type Id = (typeof IDS)[number];

export interface Group extends AsyncDisposable {
  readonly system: System;
  readonly recorder: RefOf<typeof Recorder>;
  member(id: Id): Member;
  /** The member is dead from here on, whatever it was doing. */
  crash(id: Id): Promise<void>;
  /** What each member has told so far. */
  told<T>(): Promise<ReadonlyMap<Id, readonly T[]>>;
  until(holds: () => unknown): Promise<void>;
  /** Messages of the core that its members have sent. */
  sent(): Promise<number>;
}

// biome-ignore lint/suspicious/noExplicitAny: towers of different shapes; what they say is checked where they are judged.
export type AnyTower = CoreDefinition<any>;

/** What the suites need of a member. */
export interface Member {
  readonly tell: { request(request: unknown): void };
  readonly ask: { status(): Promise<MemberStatus> };
}

interface MemberStatus {
  readonly ready: boolean;
  readonly ignored: ReadonlyMap<string, number>;
  readonly sent: number;
  readonly lost: number;
  readonly deferred: number;
}

export const onEveryHost = (suite: (host: 'threads' | 'inline') => void): void =>
  describe.each(['inline', 'threads'] as const)('%s', suite);

let groups = 0;

export async function stage(
  host: 'threads' | 'inline',
  definition: AnyTower,
  options: object = {},
  more: { readonly ringBytes?: number; readonly subscriber?: typeof Recorder | typeof Tally } = {},
): Promise<Group> {
  const system = await createSystem({
    nodes: host === 'inline' ? 'inline' : 3,
    logger: SILENT,
    handleSigterm: false,
    ...(more.ringBytes !== undefined && { ringBytes: more.ringBytes }),
  });
  const recorder = await system.spawn((more.subscriber ?? Recorder) as typeof Recorder, undefined, { node: 'main' });
  const members = Object.fromEntries(IDS.map((id) => [id, { node: host === 'inline' ? 'main' : id }]));
  const spawned = await spawnGroup(system, definition, {
    group: `g${groups++}`,
    members,
    options: options as never,
    subscriber: recorder as never,
  });
  const member = (id: Id) => spawned.get(id as string as NodeId) as never as Member;
  const until = async (holds: () => unknown) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until(async () => (await Promise.all(IDS.map((id) => member(id).ask.status()))).every(({ ready }) => ready));
  return {
    system,
    recorder,
    member,
    until,
    crash: (id) => (host === 'inline' ? system.stop(member(id) as never as Ref<unknown>) : system.kill(id)),
    told: async () => (await recorder.ask.all()) as never,
    sent: async () =>
      (await Promise.all(IDS.map((id) => member(id).ask.status()))).reduce((sum, { sent }) => sum + sent, 0),
    [Symbol.asyncDispose]: () => system[Symbol.asyncDispose](),
  };
}
