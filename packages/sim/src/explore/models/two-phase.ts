/**
 * Two-phase commit as the specification TwoPhase has it: a transaction manager and resource managers over a set of
 * messages that are never taken out of it. A state is one integer: two bits for each resource manager, one each for its
 * preparedness as the manager knows it and for its message, and four for the manager's own state and its two messages.
 *
 * Published counts of distinct states: 288 for 3 resource managers (TLC, stateright), 8,832 for 5 (stateright), 296,448
 * for 7.
 *
 * @paper Gray, Lamport: Consensus on transaction commit (2006), §A
 */
import { assertOption } from '@troupe/protocol';
import { defineModel, type Model } from '../model.ts';

const WORKING = 0;
const PREPARED = 1;
const COMMITTED = 2;
const ABORTED = 3;

const INIT = 0;
const SAYS_COMMIT = 4;
const SAYS_ABORT = 8;

/** More would not fit into an integer of 53 bits. */
const MANAGERS_MAX = 12;

interface Layout {
  readonly count: number;
  /** Powers of two that the parts of a state are multiples of. */
  readonly prepared: number;
  readonly messages: number;
  readonly manager: number;
  readonly everyone: number;
}

/** A state taken apart. */
interface Parts {
  /** Two bits each. */
  readonly resources: number;
  /** A bit for each that the transaction manager has heard from. */
  readonly prepared: number;
  /** A bit for each that has said that it is prepared. */
  readonly messages: number;
  /** Its state, and which of its messages are there. */
  readonly manager: number;
}

export type TwoPhaseAction = { readonly name: string; readonly manager?: number };

export function twoPhase(
  managers: number,
  { symmetry = false }: { readonly symmetry?: boolean } = {},
): Model<number, TwoPhaseAction> {
  assertOption(
    Number.isInteger(managers) && managers >= 1 && managers <= MANAGERS_MAX,
    `1 to ${MANAGERS_MAX} resource managers`,
    managers,
  );
  const layout: Layout = {
    count: managers,
    prepared: 4 ** managers,
    messages: 8 ** managers,
    manager: 16 ** managers,
    everyone: 2 ** managers - 1,
  };
  const actions = nameActions(managers);
  return defineModel<number, TwoPhaseAction>({
    name: 'two-phase',
    init: () => [0],
    steps: (state, step) => takeSteps(layout, actions, state, step),
    key: (state) => state,
    ...(symmetry ? { representative: (state: number) => sorted(layout, state) } : {}),
    always: {
      consistent: (state) => {
        const { resources } = apart(layout, state);
        return !(some(layout, resources, COMMITTED) && some(layout, resources, ABORTED));
      },
    },
    sometimes: {
      'all commit': (state) => all(layout, apart(layout, state).resources, COMMITTED),
      'all abort': (state) => all(layout, apart(layout, state).resources, ABORTED),
    },
    show: (state) => show(layout, state),
    showAction: ({ name, manager }) => (manager === undefined ? name : `${name}(r${manager + 1})`),
  });
}

type Actions = Readonly<Record<'commit' | 'abort', TwoPhaseAction>> & {
  readonly each: readonly Readonly<Record<'hear' | 'prepare' | 'choose' | 'committed' | 'aborted', TwoPhaseAction>>[];
};

function nameActions(managers: number): Actions {
  return {
    commit: { name: 'TMCommit' },
    abort: { name: 'TMAbort' },
    each: Array.from({ length: managers }, (_, manager) => ({
      hear: { name: 'TMRcvPrepared', manager },
      prepare: { name: 'RMPrepare', manager },
      choose: { name: 'RMChooseToAbort', manager },
      committed: { name: 'RMRcvCommitMsg', manager },
      aborted: { name: 'RMRcvAbortMsg', manager },
    })),
  };
}

function takeSteps(
  layout: Layout,
  actions: Actions,
  state: number,
  step: (action: TwoPhaseAction, to: number) => void,
): void {
  const { count } = layout;
  const { resources, prepared, messages, manager } = apart(layout, state);
  const undecided = (manager & 3) === INIT;
  if (undecided && prepared === layout.everyone) {
    step(actions.commit, state + layout.manager * (COMMITTED + SAYS_COMMIT));
  }
  if (undecided) step(actions.abort, state + layout.manager * (ABORTED + SAYS_ABORT));
  for (let r = 0; r < count; r++) {
    const { hear, prepare, choose, committed, aborted } = actions.each[r] as Actions['each'][number];
    const bit = 1 << r;
    if (undecided && (messages & bit) !== 0) {
      step(hear, (prepared & bit) === 0 ? state + bit * layout.prepared : state);
    }
    const place = 4 ** r;
    const mine = (resources >>> (2 * r)) & 3;
    if (mine === WORKING) {
      step(prepare, state + place * PREPARED + ((messages & bit) === 0 ? bit * layout.messages : 0));
      step(choose, state + place * ABORTED);
    }
    if ((manager & SAYS_COMMIT) !== 0) step(committed, state + place * (COMMITTED - mine));
    if ((manager & SAYS_ABORT) !== 0) step(aborted, state + place * (ABORTED - mine));
  }
}

function apart(layout: Layout, state: number): Parts {
  const manager = Math.floor(state / layout.manager);
  const above = state - manager * layout.manager;
  const messages = Math.floor(above / layout.messages);
  const rest = above - messages * layout.messages;
  const prepared = Math.floor(rest / layout.prepared);
  return { resources: rest - prepared * layout.prepared, prepared, messages, manager };
}

/** The same with the resource managers in the order of what there is to say of each. */
function sorted(layout: Layout, state: number): number {
  const { resources, prepared, messages, manager } = apart(layout, state);
  const each = Array.from(
    { length: layout.count },
    (_, r) => ((resources >>> (2 * r)) & 3) + 4 * ((prepared >>> r) & 1) + 8 * ((messages >>> r) & 1),
  ).sort((a, b) => a - b);
  return each.reduce(
    (sum, one, r) =>
      sum + (one & 3) * 4 ** r + ((one >>> 2) & 1) * 2 ** r * layout.prepared + (one >>> 3) * 2 ** r * layout.messages,
    manager * layout.manager,
  );
}

function some({ count }: Layout, resources: number, wanted: number): boolean {
  for (let r = 0; r < count; r++) if (((resources >>> (2 * r)) & 3) === wanted) return true;
  return false;
}

function all({ count }: Layout, resources: number, wanted: number): boolean {
  for (let r = 0; r < count; r++) if (((resources >>> (2 * r)) & 3) !== wanted) return false;
  return true;
}

function show(layout: Layout, state: number): string {
  const { resources, prepared, manager } = apart(layout, state);
  const words = ['working', 'prepared', 'committed', 'aborted'];
  const each = Array.from({ length: layout.count }, (_, r) => {
    const heard = ((prepared >>> r) & 1) === 1 ? ', heard' : '';
    return `r${r + 1} ${words[(resources >>> (2 * r)) & 3]}${heard}`;
  });
  return `manager ${['undecided', '', 'committed', 'aborted'][manager & 3]}; ${each.join('; ')}`;
}
