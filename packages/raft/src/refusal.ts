/** A request that is refused: nothing was done, and nothing will be. */
import type { RequestId } from '@troupe/protocol';
import type { RefusalReason } from './requests.ts';
import type { Step } from './state.ts';

/** @param expectedAndGot what stands after "Expected" */
export function refuse(
  { state, out }: Step,
  id: RequestId | null,
  reason: RefusalReason,
  expectedAndGot: string,
): void {
  out.reply(id, { kind: 'refused', reason, leader: state.volatile.leader, detail: `Expected ${expectedAndGot}.` });
}
