export {
  type ClockFaults,
  type DiskFaults,
  FAULTS,
  type FaultBounds,
  type LinkFaults,
  NO_FAULTS,
  type ProcessFaults,
} from './faults.ts';
export { drawAsHtml, drawAsSvg, type PageOptions } from './show/page.ts';
export type { Story, Verdict } from './show/story.ts';
export { drawForTerminal, type TerminalOptions } from './show/terminal.ts';
export {
  type ClientWorld,
  defineSimulation,
  type Exploration,
  type InjectedBug,
  type Simulation,
} from './simulation.ts';
export { asynchronous, partiallySynchronous, type SystemModel, synchronous } from './system-model.ts';
export type { NodeView, Observer, Occurrence, Properties, Property, View } from './view.ts';
