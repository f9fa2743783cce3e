/**
 * Going on from a snapshot, in a fresh system: each node begins with its part. It does not start anew, it goes on: its
 * timers are set to what was left of them, what was being written is written again, and what was under way to it arrives,
 * in the order of each channel; which channel comes first is chosen, as it was open when the snapshot was taken.
 */
import type { Effects, NodeId, Ticks } from '@troupe/protocol';
import type { CoreSnapshot } from './global-snapshot.ts';
import { OWN, type Step } from './state.ts';

/** The timer by which messages that were under way are received. */
export const REPLAY = 'replay';

export function beginRestored(
  { state, out }: Step,
  { timers, persists, held, durable }: CoreSnapshot<unknown, unknown>,
  // biome-ignore lint/suspicious/noExplicitAny: of a core that is known at run time alone.
  port: Effects<any>,
): void {
  // First of all records: those that follow build on it.
  if (durable !== undefined) out.persist({ scope: OWN, name: 'restored' }, { kind: 'restored', durable });
  for (const { timer, left } of timers) port.setTimer(timer, left);
  for (const { token, record } of persists) port.persist(token, record);
  for (const { to, message, after } of held) port.send(to, message, after);
  state.restoring = null;
  if (state.replays.size > 0) out.setTimer({ scope: OWN, name: REPLAY }, 0 as Ticks);
}

/** The next message that was under way; undefined where there is none left. */
export function nextReplay({ state, out }: Step): { readonly from: NodeId; readonly message: unknown } | undefined {
  const open = [...state.replays].filter(([, messages]) => messages.length > 0);
  if (open.length === 0) return undefined;
  const [from, messages] = open[out.choose('channel to go on with', open.length)] as [NodeId, unknown[]];
  const message = messages.shift();
  if (messages.length === 0) state.replays.delete(from);
  if (state.replays.size > 0) out.setTimer({ scope: OWN, name: REPLAY }, 0 as Ticks);
  return { from, message };
}
