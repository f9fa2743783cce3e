/**
 * A replicated machine as a definition that every thread can load: `defineRaft(import.meta, 'Store', keyValue())`, exported
 * from the top level of a module, since a machine is code and code can't cross threads.
 */
import { type CoreDefinition, defineCore } from '@troupe/actors';
import {
  machineOf,
  RAFT_DEFAULTS,
  type RaftCommand,
  type RaftOptions,
  type RaftRequest,
  type RaftResult,
  SESSION_DEFAULTS,
  type SessionOptions,
  type StateMachine,
} from '@troupe/raft';
import { type RaftMember, raftMember } from './member.ts';
import { memberMachine, resultSender } from './member-machine.ts';
import { diskStorage } from './store/disk-storage.ts';
import type { OpenVolume } from './store/places.ts';

export interface RaftSettings {
  /** How long a tick lasts. Default 1. */
  readonly tickMilliseconds: number;
  /** Options of the core, the same at all members. */
  readonly raft: Omit<RaftOptions, 'self' | 'nodes' | 'cluster'>;
  readonly sessions: Partial<SessionOptions>;
  /** What opens the members' volumes. Default: `openVolume` of `@troupe/storage`, which is LMDB. */
  readonly openVolume: OpenVolume;
}

declare const types: unique symbol;

export interface RaftDefinition<Command, Query, Result, Answer> {
  readonly name: string;
  readonly core: CoreDefinition<RaftMember>;
  readonly settings: Pick<RaftSettings, 'tickMilliseconds'> & Partial<RaftSettings>;
  readonly commandBytesMax: number;
  /** How long a client session may be silent. @units milliseconds */
  readonly sessionLifetime: number;
  readonly [types]?: (command: Command, query: Query, result: Result) => Answer;
}

// biome-ignore lint/suspicious/noExplicitAny: any definition at all
export type AnyRaftDefinition = RaftDefinition<any, any, any, any>;

/** @throws TROUPE_DEFINITION_INVALID, TROUPE_DEFINITION_DUPLICATE, TROUPE_OPTION_INVALID, TROUPE_CORE_OPTIONS */
export function defineRaft<State, Command, Query, Result, Answer>(
  meta: Pick<ImportMeta, 'url'>,
  name: string,
  machine: StateMachine<State, Command, Query, Result, Answer>,
  settings: Partial<RaftSettings> = {},
): RaftDefinition<Command, Query, Result, Answer> {
  const { tickMilliseconds = 1, sessions = {}, openVolume } = settings;
  const replicated = memberMachine(machine, sessions);
  const sent = resultSender();
  const core = defineCore(meta, name, raftMember, {
    tickMilliseconds,
    startsAlone: true,
    memberEnded: (member): RaftRequest => ({ kind: 'member-ended', member }),
    storage: ({ options: { place } }) => (place === null ? undefined : diskStorage(place, openVolume)),
    machine: {
      create: () => machineOf(replicated),
      apply(run: (command: RaftCommand) => RaftResult, command, isAwaited) {
        const result = run(command);
        return isAwaited && result.kind === 'applied' ? { ...result, results: result.results.map(sent) } : result;
      },
    },
  });
  const { lifetimeTicks = SESSION_DEFAULTS.lifetimeTicks } = sessions;
  return {
    name,
    core,
    settings: { ...settings, tickMilliseconds },
    commandBytesMax: settings.raft?.commandBytesMax ?? RAFT_DEFAULTS.commandBytesMax,
    sessionLifetime: lifetimeTicks * tickMilliseconds,
  };
}
