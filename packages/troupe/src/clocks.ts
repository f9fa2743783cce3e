/** Clocks that order what happened, and ids made of time. */

export * from '@troupe/clocks';
export { MACHINE_ID_DEFAULTS, type MachineIdOptions, MachineIds } from './machine-ids.ts';
