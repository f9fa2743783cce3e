export type { Answered, IsTied, RepliesOf, ReplyTo } from './answered.ts';
export { assert, assertDefined, assertOption, unreachable } from './assert.ts';
export { type Beside, beside, type Side } from './beside.ts';
export { type Brand, compareIds, type NodeId, nodeId, sortedIds, type Ticks, ticks } from './brand.ts';
export type { Core } from './core.ts';
export { type CrashStop, crashStop } from './crash-stop.ts';
export { CoreDriver, type DriverHost, type DriverSituation, IGNORE_REASONS_MAX, WAITING_SENDS_MAX } from './driver.ts';
export type { Effect, Effects } from './effects.ts';
export { type ErrorCode, type ErrorDetails, isTroupeError, TroupeError } from './error.ts';
export { PROTOCOL_ERRORS } from './errors.ts';
export type {
  AppliedEvent,
  Event,
  IndicationEvent,
  MessageEvent,
  PersistedEvent,
  PersistFailedEvent,
  RepliedEvent,
  RequestEvent,
  RequestId,
  StartEvent,
  TimeoutEvent,
} from './event.ts';
export { EXCHANGES_MAX } from './exchange-queue.ts';
export {
  type Instance,
  KEY_LENGTH_MAX,
  KEYED_DEFAULTS,
  type Keyed,
  type KeyedOptions,
  type KeyedRecord,
  type KeyedReply,
  type KeyedRequest,
  type KeyedState,
  keyed,
} from './keyed.ts';
export { type Carries, type Linked, type LinkIndication, type LinkRequest, linked } from './linked.ts';
export { type KeyedName, labelOf, type Name, type ScopedName } from './name.ts';
export { PartPort } from './part-port.ts';
export { clonePlain, fingerprint, PLAIN_DEPTH_MAX } from './plain-data.ts';
export { type Choose, chooseTame, EffectRecorder } from './recorder.ts';
export type { AnyShape, CoreShape, Shape } from './shape.ts';
export { type Fits, type LayersOf, type Stacked, type StackOf, stack } from './stack.ts';
export { type Unkeyed, unkeyed } from './unkeyed.ts';
