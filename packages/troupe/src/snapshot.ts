/** Consistent global snapshots of protocols, and the simulation that they are tried with. */

export * from '@troupe/snapshot';
export { default as snapshotSimulation, type SnapshotObserved } from './simulations/snapshot.ts';
