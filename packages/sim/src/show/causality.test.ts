import { describe, expect, it } from 'vitest';
import { isInPast, vectorClocks } from './causality.ts';
import { to, traceOf } from './trace.fixture.ts';

const lanes = new Map([
  ['n1', 0],
  ['n2', 1],
  ['n3', 2],
]);

describe('vector clocks of a trace', () => {
  const trace = traceOf(
    ['n1', { sent: [to('n2', 0)] }],
    ['n3', {}],
    ['n2', { received: 0, sent: [to('n3', 1)] }],
    ['n1', {}],
    [undefined, {}],
    ['n3', { received: 1 }],
  );
  const clocks = vectorClocks(trace, lanes);

  it('count the events of each node, and what messages tell of others', () => {
    expect(clocks).toEqual([[1, 0, 0], [0, 0, 1], [1, 1, 0], [2, 0, 0], undefined, [1, 1, 2]]);
  });

  it('say what may have caused an event, and what is concurrent with it', () => {
    const last = clocks[5] as readonly number[];
    const past = [0, 1, 2, 3].filter((place) => {
      const lane = lanes.get(trace[place]?.node ?? '') as number;
      return isInPast(lane, clocks[place] as readonly number[], last);
    });
    expect(past).toEqual([0, 1, 2]);
  });

  it('agree with the paths through messages, over many drawn traces', () => {
    for (let seed = 1; seed <= 200; seed++) expectPaths(drawnTrace(seed));
  });

  it('learn nothing from a message that reached nobody', () => {
    const missed = traceOf(['n1', { sent: [to('n2', 0)] }], ['n2', { received: 0, missed: true }]);
    expect(vectorClocks(missed, lanes)[1]).toEqual([0, 1, 0]);
  });
});

/** Events on three nodes, each of which may send, and may receive what is under way. */
function drawnTrace(seed: number) {
  let state = seed;
  const below = (n: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % n;
  };
  const underWay: { id: number; to: string }[] = [];
  const names = [...lanes.keys()];
  return traceOf(
    ...Array.from({ length: 25 }, (_, id) => {
      const node = names[below(3)] as string;
      const arrival = underWay.findIndex((message) => message.to === node);
      const received = arrival >= 0 && below(3) > 0 ? underWay.splice(arrival, 1)[0] : undefined;
      const target = names[below(3)] as string;
      if (below(2) === 0) return [node, received === undefined ? {} : { received: received.id }] as const;
      underWay.push({ id, to: target });
      const sent = [to(target, id)];
      return [node, received === undefined ? { sent } : { sent, received: received.id }] as const;
    }),
  );
}

/** The oracle: an event is in the past of another where a path of program order and messages leads there. */
function expectPaths(trace: ReturnType<typeof traceOf>): void {
  const clocks = vectorClocks(trace, lanes);
  const pasts: Set<number>[] = [];
  for (const [place, event] of trace.entries()) {
    const direct = [
      trace.findLastIndex(({ node }, index) => index < place && node === event.node),
      event.received === undefined ? -1 : trace.findIndex(({ sent }) => sent.some(({ id }) => id === event.received)),
    ].filter((index) => index >= 0);
    pasts.push(new Set([place, ...direct.flatMap((index) => [...(pasts[index] as Set<number>)])]));
    const past = trace.keys().filter((other) => {
      const lane = lanes.get(trace[other]?.node ?? '') as number;
      return isInPast(lane, clocks[other] as readonly number[], clocks[place] as readonly number[]);
    });
    expect([...past]).toEqual([...(pasts[place] as Set<number>)].sort((a, b) => a - b));
  }
}
