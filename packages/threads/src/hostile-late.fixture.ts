/** A module that nobody has loaded yet. */

import { defineActor } from '@troupe/actors';

export const Late = defineActor(import.meta, 'Late', { init: () => ({}), on: { ping: () => 'pong' } });
