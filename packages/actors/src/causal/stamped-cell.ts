/** An actor's cell where the system has a clock or records: what actors of one node send to one another has a postmark, too. */

import type { Question } from '../ask/question.ts';
import { ASK, Cell, HELD, type Origin } from '../cell.ts';
import { MarkedTell } from './postmark.ts';

export class StampedCell extends Cell {
  override deliver(kind: number, payload: unknown, origin: Origin): void {
    const causality = this.kernel.causality;
    // What came from another node has its postmark already.
    if (causality === undefined || kind >= HELD || typeof origin === 'number')
      return super.deliver(kind, payload, origin);
    if ((kind & ASK) === 0) {
      const sender = origin instanceof Cell ? origin : undefined;
      const mark = causality.sendHere(sender, this, kind);
      return super.deliver(kind | HELD, payload, new MarkedTell(sender, mark, false));
    }
    const question = origin as Question;
    if (question.local !== undefined) causality.keep(question, causality.sendHere(question.local.asker, this, kind));
    super.deliver(kind, payload, question);
  }
}
