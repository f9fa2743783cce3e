import { describeTextbook } from '../textbook/promises.fixture.ts';
import simulation, { bugs } from './simulation.ts';

describeTextbook('the deadlock of philosophers', simulation, bugs, new URL('./load.ts', import.meta.url).href, 17_517);
