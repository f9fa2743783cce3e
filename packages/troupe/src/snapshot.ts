/** Consistent global snapshots of protocols and of systems of actors, and the simulation that they are tried with. */

export {
  ActorAddress,
  type ActorSnapshot,
  type AskSnapshot,
  type ChannelOfNodes,
  type DefinitionSnapshot,
  type InterruptedAsk,
  type Interruption,
  type MessageInFlight,
  type MessageSnapshot,
  messagesNotBegun,
  type NodeSnapshot,
  type SignalSnapshot,
  type SuspendedActor,
  SYSTEM_SNAPSHOT_VERSION,
  type SystemSnapshot,
  type TimerSnapshot,
} from '@troupe/actors';
export * from '@troupe/snapshot';
export { default as snapshotSimulation, type SnapshotObserved } from './simulations/snapshot.ts';
export { decodeGlobalSnapshot, decodeSnapshot, encodeSnapshot, relocateSnapshot } from './snapshot-bytes.ts';
