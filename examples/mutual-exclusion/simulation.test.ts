import { describeTextbook } from '../textbook/promises.fixture.ts';
import simulation, { bugs } from './simulation.ts';

describeTextbook(
  'the mutual exclusion of Ricart and Agrawala',
  simulation,
  bugs,
  new URL('./load.ts', import.meta.url).href,
  22_681,
);
