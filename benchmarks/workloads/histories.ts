/**
 * Histories by seed: clients take turns at an object that is correct, each operation in three steps (invoked, in effect,
 * returned), so that they overlap as those of a real system do. A history that is to be illegal has one read of a value
 * that nobody wrote, late enough that all orders before it have to be tried.
 */
import { type Call, type History, HistoryRecorder } from 'troupe/check';

export interface Generated {
  readonly history: History<Call, unknown>;
  readonly isLegal: boolean;
}

interface Running {
  readonly process: number;
  readonly call: Call;
  output: unknown;
  inEffect: boolean;
}

type Draw = (n: number) => number;

/** Values of the register: few, so that a compare-and-set often succeeds. */
const VALUES = 5;
const TRIPLES_MAX = 4;
const NEVER_WRITTEN = VALUES;
/** Of a thousand operations, so many stay pending; their client goes on as another process. */
const PENDING_PER_MILLE = 40;

export function casRegisterHistory(seed: number, operations: number, clients: number, isLegal: boolean): Generated {
  const draw = generator(seed);
  let register: unknown = null;
  const calls = (): Call => {
    const kind = draw(3);
    if (kind === 0) return { f: 'read' };
    if (kind === 1) return { f: 'write', value: draw(VALUES) };
    return { f: 'cas', value: [draw(VALUES), draw(VALUES)] };
  };
  const apply = ({ f, value }: Call): unknown => {
    if (f === 'read') return register;
    if (f === 'write') {
      register = value;
      return null;
    }
    const [from, to] = value as [number, number];
    if (register !== from) return false;
    register = to;
    return true;
  };
  const spoilt = isLegal ? operations : Math.floor(operations * 0.9);
  return { history: played(draw, { operations, clients, calls, apply, spoilt }), isLegal };
}

export function keyValueHistory(seed: number, operations: number, clients: number, keys: number): Generated {
  const draw = generator(seed);
  const values = new Map<unknown, string>();
  let written = 0;
  const calls = (): Call => {
    const key = String(draw(keys));
    const kind = draw(10);
    if (kind < 5) return { f: 'get', key };
    return { f: kind === 5 ? 'put' : 'append', key, value: `x ${written++} y` };
  };
  const apply = ({ f, key, value }: Call): unknown => {
    const current = values.get(key) ?? '';
    if (f === 'get') return current;
    values.set(key, f === 'put' ? String(value) : `${current}${value}`);
    return null;
  };
  return { history: played(draw, { operations, clients, calls, apply, spoilt: operations }), isLegal: true };
}

/** Transactions on lists, as triples; the store does each at once, so that it is strictly serializable. */
export function listAppendHistory(seed: number, transactions: number, clients: number, keys: number): Generated {
  const draw = generator(seed);
  const lists = Array.from({ length: keys }, (): readonly number[] => []);
  let appended = 0;
  const calls = (): Call => {
    const value = Array.from({ length: 1 + draw(TRIPLES_MAX) }, () =>
      draw(2) === 0 ? ['append', draw(keys), ++appended] : ['r', draw(keys), null],
    );
    return { f: 'txn', value };
  };
  const apply = ({ value }: Call): unknown =>
    (value as [string, number, number | null][]).map(([f, key, element]) => {
      const list = lists[key] as readonly number[];
      if (f === 'r') return [f, key, list];
      lists[key] = [...list, element as number];
      return [f, key, element];
    });
  return {
    history: played(draw, { operations: transactions, clients, calls, apply, spoilt: transactions }),
    isLegal: true,
  };
}

interface Play {
  readonly operations: number;
  readonly clients: number;
  readonly calls: () => Call;
  readonly apply: (call: Call) => unknown;
  /** From this operation on, the first read is wrong. */
  readonly spoilt: number;
}

function played(draw: Draw, { operations, clients, calls, apply, spoilt }: Play): History<Call, unknown> {
  const recorder = new HistoryRecorder<Call, unknown>();
  const running: (Running | undefined)[] = Array.from({ length: clients });
  const processes = running.map((_, client) => client);
  let isSpoilt = false;
  for (let invoked = 0; invoked < operations || running.some((one) => one !== undefined); ) {
    const client = draw(clients);
    const one = running[client];
    if (one === undefined) {
      if (invoked === operations) continue;
      const isDue: boolean = !isSpoilt && invoked >= spoilt;
      const call: Call = isDue ? { f: 'read' } : calls();
      const process = processes[client] as number;
      running[client] = { process, call, output: undefined, inEffect: isDue };
      if (isDue) (running[client] as Running).output = NEVER_WRITTEN;
      isSpoilt ||= isDue;
      recorder.invoke(process, call);
      invoked++;
    } else if (!one.inEffect) {
      one.output = apply(one.call);
      one.inEffect = true;
    } else {
      running[client] = undefined;
      if (one.output !== NEVER_WRITTEN && one.call.key === undefined && draw(1_000) < PENDING_PER_MILLE) {
        recorder.info(one.process);
        processes[client] = one.process + clients;
      } else recorder.ok(one.process, one.output);
    }
  }
  return recorder.history();
}

/** Mulberry32: small, and the same everywhere. */
function generator(seed: number): Draw {
  let state = seed | 0;
  return (n) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}
