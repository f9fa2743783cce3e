/** Traces made by hand, for the tests of diagrams. */
import { type NodeId, nodeId } from '@troupe/protocol';
import type { StateField, TracedEvent, TracedSend } from '../trace.ts';

type Given = Partial<Omit<TracedEvent, 'node' | 'from' | 'sent' | 'fields'>> & {
  readonly from?: string;
  readonly sent?: readonly Partial<TracedSend>[];
  readonly fields?: Readonly<Record<string, string>>;
};

/** Events in their order, each at a tick of its own. */
export function traceOf(...events: readonly (readonly [node: string | undefined, given: Given])[]): TracedEvent[] {
  return events.map(([node, { from, sent = [], fields, ...given }], index) => ({
    index,
    at: index,
    kind: 'other',
    text: `event ${index}`,
    told: [],
    ...given,
    node: node === undefined ? undefined : nodeId(node),
    sent: sent.map((send) => ({ id: 0, to: 'n2' as NodeId, text: 'ping', fate: 'sent', ...send })),
    ...(from === undefined ? {} : { from: nodeId(from) }),
    ...(fields === undefined ? {} : { fields: fieldsOf(fields) }),
  }));
}

export function to(node: string, id: number, more: Partial<TracedSend> = {}): Partial<TracedSend> {
  return { to: nodeId(node), id, ...more };
}

function fieldsOf(fields: Readonly<Record<string, string>>): StateField[] {
  return Object.entries(fields).map(([name, text]) => ({ name, text }));
}
