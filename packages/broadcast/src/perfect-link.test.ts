import { type Core, type Effect, EffectRecorder, isTroupeError, nodeId, type Ticks } from '@troupe/protocol';
import { checkCore, Random, TestNetwork } from '@troupe/protocol/testing';
import { describe, expect, it } from 'vitest';
import { type PerfectLink, perfectLink, RETRANSMIT_BATCH, WINDOW_MAX } from './perfect-link.ts';
import { SEEDS } from './testing/scenario.fixture.ts';

type Link = PerfectLink<string>;
const link = perfectLink<string>();

/** Every node sends to every node; some crash, and some of them come back. Gives what PL1 to PL3 say is wrong. */
function violations(core: Core<Link>, seed: number, { restarts }: { restarts: boolean }) {
  const random = new Random(seed);
  const network = new TestNetwork(core, {
    seed,
    nodes: 3,
    options: (self, nodes) => ({ self, nodes }),
    faults: {
      lossPerMille: random.below(500),
      duplicatePerMille: random.below(300),
      delayMax: 1 + random.below(15),
      persistDelayMax: 1 + random.below(8),
    },
    record: seed < 20,
  });
  const victim = nodeId(`n${1 + random.below(3)}`);
  const crashAt = random.below(60);
  if (random.below(2) === 0) network.after(crashAt, () => network.crash(victim));
  if (restarts) network.after(crashAt + 10, () => network.restart(victim));
  /** Of the last incarnation of each node: what was sent before a crash may be lost. */
  let sent: { from: string; to: string; message: string }[] = [];
  for (let i = 0; i < 12; i++) {
    const [from, to] = [random.below(3), random.below(3)].map((n) => nodeId(`n${n + 1}`)) as [
      typeof victim,
      typeof victim,
    ];
    network.after(random.below(100), () => {
      const message = `m${i}`;
      if (network.request(from, { kind: 'send', to, message }) !== undefined) sent.push({ from, to, message });
    });
  }
  network.after(crashAt, () => {
    if (!network.isUp(victim)) sent = sent.filter(({ from, to }) => from !== victim && to !== victim);
  });
  network.run(110);
  network.faults = { ...network.faults, lossPerMille: 0, delayMax: 1 };
  network.run(60);
  const delivered = network.log.flatMap((entry) =>
    entry.kind === 'indication' ? [`${entry.indication.from} ${entry.node} ${entry.indication.message}`] : [],
  );
  const asked = network.log.flatMap((entry) =>
    entry.kind === 'request' ? [`${entry.node} ${entry.request.to} ${entry.request.message}`] : [],
  );
  const due = sent.filter(({ from, to }) => network.isUp(from as typeof victim) && network.isUp(to as typeof victim));
  const again = delivered.filter((one, index) => delivered.indexOf(one) !== index);
  return {
    reliable: due.map(({ from, to, message }) => `${from} ${to} ${message}`).filter((one) => !delivered.includes(one)),
    // A receiver that restarted has forgotten what it had.
    noDuplication: again.filter((one) => !restarts || one.split(' ')[1] !== victim),
    noCreation: delivered.filter((one) => !asked.includes(one)),
    delivered: delivered.length,
    runs: network.runs,
  };
}

const none = { reliable: [], noDuplication: [], noCreation: [] };

function firstViolation(core: Core<Link>, property: keyof typeof none, restarts = false) {
  for (let seed = 0; seed < SEEDS; seed++)
    if (violations(core, seed, { restarts })[property].length > 0) return property;
  return undefined;
}

describe(`the perfect link over links that lose, repeat and reorder, ${SEEDS} seeds`, () => {
  it.each([{ restarts: false }, { restarts: true }])('delivers reliably, once, and nothing else: %o', (options) => {
    let delivered = 0;
    for (let seed = 0; seed < SEEDS; seed++) {
      const run = violations(link, seed, options);
      expect({ seed, ...run }).toMatchObject({ seed, ...none });
      delivered += run.delivered;
      checkCore(link, run.runs);
    }
    expect(delivered).toBeGreaterThan(8 * SEEDS);
  });

  it('is found out where it does not retransmit', () => {
    const broken: Core<Link> = {
      ...link,
      step: (state, event, out) => event.kind !== 'timeout' && link.step(state, event, out),
    };
    expect(firstViolation(broken, 'reliable')).toBe('reliable');
  });

  it('is found out where it forgets what it has delivered', () => {
    const broken: Core<Link> = {
      ...link,
      step: (state, event, out) => {
        for (const peer of state.peers.values()) peer.delivered = { floor: 0, ahead: new Set() };
        link.step(state, event, out);
      },
    };
    expect(firstViolation(broken, 'noDuplication')).toBe('noDuplication');
  });

  it('is found out where its incarnation is not durable', () => {
    const broken: Core<Link> = { ...link, init: (options) => link.init(options, undefined) };
    expect(firstViolation(broken, 'reliable', true)).toBe('reliable');
  });
});

describe('the perfect link', () => {
  const [self, peer] = [nodeId('a'), nodeId('b')];
  const now = 1 as Ticks;
  function start() {
    const state = link.init({ self, nodes: [peer, self] }, undefined);
    const out = new EffectRecorder<Link>();
    const step = (event: Parameters<typeof link.step>[1]): Effect<Link>[] => {
      link.step(state, event, out);
      return out.take();
    };
    const send = (message: string, to = peer) =>
      step({ kind: 'request', now, id: null, request: { kind: 'send', to, message } });
    const receive = (message: unknown, from = peer) => step({ kind: 'message', now, from, message: message as never });
    return { state, step, send, receive };
  }

  it('lets no data leave before its incarnation is durable, and tries again where the disk refuses', () => {
    const { step, send } = start();
    expect(step({ kind: 'start', now, restarted: false })).toEqual([
      { kind: 'persist', token: 'incarnation', record: 0 },
    ]);
    expect(send('m')[0]).toMatchObject({ kind: 'send', after: 'incarnation' });
    step({ kind: 'persist-failed', now, token: 'incarnation', reason: 'full' });
    const retried = step({ kind: 'timeout', now, timer: 'retransmit' });
    expect(retried.map(({ kind }) => kind)).toEqual(['persist', 'send', 'set-timer']);
  });

  it('stops retransmitting once all is acknowledged', () => {
    const { send, receive, step } = start();
    send('m');
    receive({ kind: 'acknowledge', incarnation: 0, sequence: 0 });
    expect(step({ kind: 'timeout', now, timer: 'retransmit' })).toEqual([]);
  });

  it('retransmits the oldest first, a bounded number at a time', () => {
    const { send, step } = start();
    for (let i = 0; i < RETRANSMIT_BATCH + 10; i++) send(`${i}`);
    const again = step({ kind: 'timeout', now, timer: 'retransmit' }).flatMap((effect) =>
      effect.kind === 'send' && effect.message.kind === 'data' ? [effect.message.sequence] : [],
    );
    expect(again).toEqual(Array.from({ length: RETRANSMIT_BATCH }, (_, i) => i));
  });

  it('drops and counts what a full window cannot take', () => {
    const { send } = start();
    for (let i = 0; i < WINDOW_MAX; i++) send(`${i}`);
    expect(send('one more')).toEqual([{ kind: 'ignore', reason: 'a send to a peer whose window is full' }]);
  });

  it('ignores what is malformed, foreign or stale, for a counted reason', () => {
    const { receive, send } = start();
    const data = { kind: 'data', incarnation: 1, sequence: 0, base: 0, message: 'm' };
    receive(data);
    const bad = [
      null,
      'x',
      {},
      { ...data, kind: 'other' },
      { ...data, sequence: -1 },
      { ...data, base: 1 },
      { ...data, incarnation: 0 },
      { ...data, incarnation: 0.5 },
      { kind: 'acknowledge', incarnation: 3, sequence: 0 },
    ];
    for (const message of bad) expect(receive(message)).toMatchObject([{ kind: 'ignore' }]);
    expect(receive(data, nodeId('stranger'))).toMatchObject([{ kind: 'ignore' }]);
    expect(send('m', nodeId('stranger'))).toMatchObject([{ kind: 'ignore' }]);
  });

  it('refuses options that make no sense', () => {
    for (const options of [
      { self, nodes: [peer] },
      { self, nodes: [self], retransmitTicks: 0 as Ticks },
    ]) {
      expect(() => link.init(options, undefined)).toThrow(
        expect.toSatisfy((error) => isTroupeError(error, 'TROUPE_CORE_OPTIONS')),
      );
    }
  });
});
