export {
  type Chat,
  type Chatted,
  type Chatter,
  type ChatterIndication,
  type ChatterOptions,
  chatter,
} from './chatter.ts';
export { type CoreRun, checkCore } from './check-core.ts';
export { type Mutation, mutate } from './mutant.ts';
export { CALM, type NetworkFaults, type NetworkOptions, type Observation, TestNetwork } from './network.ts';
export { Random } from './random.ts';
