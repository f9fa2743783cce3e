import { describeTextbook } from '../textbook/promises.fixture.ts';
import simulation, { bugs } from './simulation.ts';

describeTextbook('the loss of a token', simulation, bugs, new URL('./load.ts', import.meta.url).href, 6_720);
