import { describeTextbook } from '../textbook/promises.fixture.ts';
import simulation, { bugs } from './simulation.ts';

describeTextbook(
  'the end of a diffusing computation',
  simulation,
  bugs,
  new URL('./load.ts', import.meta.url).href,
  2_468,
);
