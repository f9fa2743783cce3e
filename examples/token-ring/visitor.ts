/** Enters and leaves, by way of its node's member of the ring. */

import { defineActor, type Ref, type RefOf } from 'troupe';
import type { Member } from './member.ts';
import type { RegisterProtocol } from './register.ts';

export interface Invitation {
  readonly member: RefOf<typeof Member>;
  readonly register: Ref<RegisterProtocol>;
}

export const Visitor = defineActor(import.meta, 'Visitor', {
  init: (invitation: Invitation) => invitation,
  on: {
    async visit({ member, register }, _none: undefined, ctx) {
      const reply = await member.ask.request({ kind: 'enter' });
      if (reply.kind !== 'entered') throw new Error(`Expected to enter, got ${JSON.stringify(reply)}.`);
      const entry = { who: ctx.node, fence: reply.fence };
      await register.ask.enter(entry);
      await register.ask.leave(entry);
      await member.ask.request({ kind: 'leave', fence: reply.fence });
    },
  },
});
