/**
 * The textbook's properties of broadcast, judged from outside: from who broadcast what, who delivered what in which
 * order, and who crashed. Each gives the violations that it finds, as sentences.
 */
import type { NodeId } from '@troupe/protocol';

export type History = readonly (
  | { readonly kind: 'broadcast'; readonly node: NodeId; readonly message: string }
  | { readonly kind: 'deliver'; readonly node: NodeId; readonly from: NodeId; readonly message: string }
)[];

/** One run: what happened, in order, and which nodes never crashed. */
export interface Outcome {
  readonly history: History;
  readonly nodes: readonly NodeId[];
  readonly correct: readonly NodeId[];
}

export type Property = (outcome: Outcome) => string[];

/** What a correct node broadcasts, every correct node delivers (with agreement, this is what RB's validity gives). */
export const validity: Property = ({ history, correct }) =>
  broadcasts(history)
    .filter(({ node }) => correct.includes(node))
    .flatMap(({ node, message }) =>
      missing(history, correct, message).map((id) => `${id} never got ${message} of correct ${node}`),
    );

export const noDuplication: Property = ({ history, nodes }) =>
  nodes.flatMap((id) => {
    const delivered = deliveries(history, id);
    return delivered
      .filter((message, index) => delivered.indexOf(message) !== index)
      .map((message) => `${id} got ${message} again`);
  });

export const noCreation: Property = ({ history }) =>
  history.flatMap((entry, index) => {
    if (entry.kind !== 'deliver') return [];
    const origin = history.findIndex(
      ({ kind, node, message }) => kind === 'broadcast' && node === entry.from && message === entry.message,
    );
    return origin >= 0 && origin < index
      ? []
      : [`${entry.node} got ${entry.message}, which ${entry.from} had not broadcast`];
  });

/** What one correct node delivers, every correct node does. */
export const agreement: Property = (outcome) => agreeOn(outcome, outcome.correct);

/** What any node delivers, every correct node does. */
export const uniformAgreement: Property = (outcome) => agreeOn(outcome, outcome.nodes);

/** Of what one node broadcast, each node delivers a prefix, in its order. */
export const fifoOrder: Property = ({ history, nodes }) =>
  nodes.flatMap((origin) => {
    const sent = broadcasts(history).flatMap(({ node, message }) => (node === origin ? [message] : []));
    return nodes.flatMap((id) => {
      const got = deliveries(history, id).filter((message) => sent.includes(message));
      return got.some((message, index) => message !== sent[index])
        ? [`${id} got ${got} of ${origin}, who sent ${sent}`]
        : [];
    });
  });

/** Nobody delivers a message before what its sender had broadcast or delivered before it. */
export const causalOrder: Property = ({ history, nodes }) => {
  const causes = new Map<string, string[]>();
  const past = new Map<NodeId, string[]>(nodes.map((id) => [id, []]));
  const violations: string[] = [];
  for (const { kind, node, message } of history) {
    const seen = past.get(node) ?? [];
    if (kind === 'broadcast') {
      causes.set(message, [...seen]);
    } else {
      const got = deliveries(history, node);
      for (const cause of causes.get(message) ?? []) {
        const at = got.indexOf(cause);
        if (at < 0 || at > got.indexOf(message)) violations.push(`${node} got ${message} before its cause ${cause}`);
      }
    }
    // Causes of causes are in it already: this node had them before, or the message could not have been delivered.
    if (!seen.includes(message)) seen.push(message);
  }
  return violations;
};

/** Any two nodes deliver any two messages in the same order, and without gaps: one has a prefix of the other. */
export const totalOrder: Property = ({ history, nodes }) =>
  nodes.flatMap((one) =>
    nodes.flatMap((other) => {
      const [mine, theirs] = [deliveries(history, one), deliveries(history, other)];
      const differs = mine.findIndex((message, index) => index < theirs.length && message !== theirs[index]);
      return one < other && differs >= 0
        ? [`${one} and ${other} differ at place ${differs}: ${mine[differs]}, ${theirs[differs]}`]
        : [];
    }),
  );

function broadcasts(history: History) {
  return history.filter(({ kind }) => kind === 'broadcast');
}

function deliveries(history: History, id: NodeId): string[] {
  return history.flatMap(({ kind, node, message }) => (kind === 'deliver' && node === id ? [message] : []));
}

function missing(history: History, ids: readonly NodeId[], message: string): NodeId[] {
  return ids.filter((id) => !deliveries(history, id).includes(message));
}

function agreeOn({ history, correct }: Outcome, witnesses: readonly NodeId[]): string[] {
  const delivered = new Set(witnesses.flatMap((id) => deliveries(history, id)));
  return [...delivered].flatMap((message) =>
    missing(history, correct, message).map((id) => `${id} never got ${message}, which another did`),
  );
}
