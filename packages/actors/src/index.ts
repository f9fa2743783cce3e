export type { TimerOptions } from './actor-timers.ts';
export { Causality, type CausalitySetup } from './causal/causality.ts';
export type { ClockKind, ClockOption } from './causal/clock-option.ts';
export {
  type CausalityOptions,
  SystemCausality,
  type TraceOptions,
} from './causal/system-causality.ts';
export type { SystemTrace, TracedActor, TracedLife, TracedMessage, TraceEvent } from './causal/system-trace.ts';
// For hosts.
export type { Cell } from './cell.ts';
export type { ComputePool } from './compute/compute.ts';
export { type ComputeOptions, defineTask, type Task, type TaskArguments, type TaskInput } from './compute/task.ts';
export { failedWork, loadFailure, runWork, type WorkBytes, type WorkOrder } from './compute/work.ts';
export type { Context } from './context.ts';
export { type CoreStorage, memoryStorage } from './core/core-storage.ts';
export {
  CORE_DEFAULTS,
  type CoreDefinition,
  type CoreProtocol,
  type CoreSettings,
  type CoreStart,
  type CoreStatus,
  type CoreSubscriber,
  defineCore,
  type GroupShape,
  type Machine,
} from './core/define-core.ts';
export { memberName } from './core/peer-table.ts';
export { type GroupOptions, spawnGroup } from './core/spawn-group.ts';
export type { DeadLetter, DeadLetterReason } from './dead-letter.ts';
export type { DeadLetterView } from './dead-letter-view.ts';
export {
  type ActorSpec,
  type AnyDefinition,
  type Definition,
  defineActor,
  type Handler,
  type Hooks,
  type ProtocolFrom,
  type ProtocolOf,
  type RefOf,
  type Signals,
} from './definition.ts';
export { ACTOR_ERRORS, type ActorErrorCode, actorError, nodeBusy, Refusal } from './errors.ts';
export type { SystemEvent } from './events.ts';
export { Held } from './held.ts';
export type {
  Alarm,
  AsyncScope,
  Choose,
  Clock,
  Host,
  Logger,
  LogLevel,
  Milliseconds,
  Transport,
  Turns,
} from './host.ts';
export { Kernel, type KernelSetup } from './kernel.ts';
export { KERNEL_DEFAULTS, type KernelOptions, kernelOptions } from './kernel-options.ts';
export { loggerOf } from './logger.ts';
export {
  ATTEMPTS_MAX,
  NODE_BACKOFF,
  NodeLives,
  type NodeRestarts,
  REDELIVERIES,
  type Redelivery,
} from './node-lives.ts';
export {
  type KindOptions,
  type MailboxOptions,
  mustBeObject,
  mustHaveOnly,
  type OverflowRule,
  optionInvalid,
} from './overflow.ts';
export { plainError, readable } from './plain-error.ts';
export type { Down, Exit, StopReason } from './reason.ts';
export type { AnyRef, Ask, AskOptions, OwnedRef, Ref, SelfRef, StreamOptions, Streams, Tell } from './ref.ts';
export { isRef } from './ref.ts';
export type { ConsistentHashing, Routees, Router, Routing } from './router.ts';
export { ActorAddress } from './snapshot/actor-address.ts';
export { mustBeRecorded, mustBeSnapshot } from './snapshot/check-snapshot.ts';
export type { InterruptedAsk, Interruption } from './snapshot/interruption.ts';
export { recordedOf, relocated } from './snapshot/record-value.ts';
export { snapshotOf } from './snapshot/recorded-snapshot.ts';
export {
  type ActorSnapshot,
  type AskSnapshot,
  type ChannelOfNodes,
  type DefinitionSnapshot,
  type MessageInFlight,
  type MessageSnapshot,
  messagesNotBegun,
  type NodeSnapshot,
  type SignalSnapshot,
  type SuspendedActor,
  SYSTEM_SNAPSHOT_VERSION,
  type SystemSnapshot,
  type TimerSnapshot,
} from './snapshot/system-snapshot.ts';
export type { SnapshotOptions } from './snapshot/take-snapshot.ts';
export type { SpawnArguments, SpawnOptions } from './spawn-options.ts';
export type { Counters } from './stats.ts';
export { addCounters, messagesLost, readCounters, STAT_COUNT, Stat, type StatsBlock, statsBlock } from './stats.ts';
export type { Subscription, SubscriptionOptions } from './subscription.ts';
export type {
  AutoShutdown,
  Backoff,
  BackoffOptions,
  ChildOptions,
  RestartType,
  Strategy,
  SupervisionOptions,
} from './supervision/policy.ts';
export { backoffPolicy } from './supervision/policy.ts';
export { SYSTEM_DEFAULTS, System, type SystemHost, type SystemOptions } from './system.ts';
export { defineTopic, type Topic } from './topics.ts';
export { uniform } from './uniform.ts';
export { FrameType, ID_MAX, isCount, Verdict } from './wire.ts';
