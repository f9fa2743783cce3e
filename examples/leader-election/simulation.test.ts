import { describeTextbook } from '../textbook/promises.fixture.ts';
import simulation, { bugs } from './simulation.ts';

describeTextbook('the election of Chang and Roberts', simulation, bugs, new URL('./load.ts', import.meta.url).href, 46);
