export {
  BOUNDED_DEFAULTS,
  type BoundedOptions,
  type BoundedStamp,
  type BoundedState,
  boundedClock,
  commitWait,
  compareIntervals,
  type Interval,
  intervalAt,
  isAfter,
  isBefore,
  synchronise,
} from './bounded-clock.ts';
export { type Clock, COUNTER_MAX, isCounter, NODE_ID_LENGTH_MAX, nextCount, type Order } from './clock.ts';
export {
  contextOf,
  emptyVersions,
  isSuperseded,
  siblingsOf,
  syncVersions,
  type VersionSet,
  writeVersion,
} from './dotted-version-vector.ts';
export { CLOCK_ERRORS } from './errors.ts';
export {
  compareHybrid,
  HLC_COUNTER_MAX,
  HYBRID_DEFAULTS,
  type HybridOptions,
  type HybridStamp,
  type HybridState,
  hybridLogicalClock,
} from './hybrid-logical-clock.ts';
export { compareLamport, type LamportStamp, type LamportState, lamportClock } from './lamport-clock.ts';
export {
  forgetNode,
  MATRIX_ROWS_MAX,
  type MatrixStamp,
  type MatrixState,
  matrixClock,
  stableCut,
} from './matrix-clock.ts';
export {
  type PhysicalModel,
  type PhysicalStamp,
  type PhysicalState,
  physicalClock,
  physicalDuration,
  readPhysical,
} from './physical-clock.ts';
export {
  decodeSnowflake,
  SNOWFLAKE_DEFAULTS,
  Snowflake,
  type SnowflakeLayout,
  type SnowflakeOptions,
  type SnowflakeParts,
} from './snowflake.ts';
export { decodeUuidV7, type RandomBytes, type UuidParts, UuidV7 } from './uuid-v7.ts';
export {
  compactVector,
  compareVectors,
  isVector,
  mergeVectors,
  raiseFloor,
  VECTOR_ENTRIES_MAX,
  type Vector,
  type VectorState,
  vectorClock,
} from './vector-clock.ts';
export { type ClockedState, type Stamped, type WithClock, withClock } from './with-clock.ts';
