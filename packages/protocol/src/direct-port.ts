/** The port of a part that is stepped with the outer effects themselves, not through a queue of exchanges. */

import { assert } from './assert.ts';
import type { Effects } from './effects.ts';
import { PartPort } from './part-port.ts';
import type { AnyShape } from './shape.ts';

export abstract class DirectPort extends PartPort {
  #out: Effects<AnyShape> | undefined;

  /** @param out the effects of the step that begins */
  onto(out: Effects<AnyShape>): this {
    this.#out = out;
    return this;
  }

  protected override get out(): Effects<AnyShape> {
    assert(this.#out !== undefined, 'effects to be emitted within a step');
    return this.#out;
  }
}
