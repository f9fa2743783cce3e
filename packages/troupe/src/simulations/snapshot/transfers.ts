/**
 * Nodes that send one another money, of which the whole must stay the same: the textbook's example for snapshots. What a node
 * has is durable, and is written before money leaves, so a payment may wait for the disk; a coin that a node sends to itself is
 * under way like any other. One in a while rests: it is with nobody until a timer gives it back.
 */
import { type Core, type NodeId, type Shape, sortedIds, type Ticks } from '@troupe/protocol';

export const INITIAL = 100;

export interface TransferOptions {
  readonly self: NodeId;
  readonly nodes: readonly NodeId[];
  /** Whom this node pays. */
  readonly payees: readonly NodeId[];
  /** The longest time between two payments; 0: only where it is asked for. */
  readonly payTicks: Ticks;
}

export interface TransferState {
  readonly payees: readonly NodeId[];
  readonly payTicks: Ticks;
  account: Account;
  /** With nobody until its timer ends. */
  resting: number;
}

export interface Account {
  balance: number;
  /** By node: money sent there, and received from there, ever. */
  readonly sent: Map<NodeId, number>;
  readonly received: Map<NodeId, number>;
}

export type Transfers = Shape<{
  Options: TransferOptions;
  State: TransferState;
  Durable: Account;
  Message: { readonly kind: 'money'; readonly amount: number };
  Timer: 'pay' | 'rest';
  Request: { readonly kind: 'pay'; readonly payee: NodeId };
  Token: 'account';
  Record: { readonly balance: number; readonly node: NodeId; readonly sent: number; readonly received: number };
}>;

const emptyAccount = (): Account => ({ balance: INITIAL, sent: new Map(), received: new Map() });

export const transfers: Core<Transfers> = {
  name: 'transfers',
  init: ({ payees, payTicks }, durable) => ({
    payees: sortedIds(payees),
    payTicks,
    account: durable ?? emptyAccount(),
    resting: 0,
  }),
  fold: (account = emptyAccount(), { balance, node, sent, received }) => {
    account.balance = balance;
    account.sent.set(node, sent);
    account.received.set(node, received);
    return account;
  },
  step(state, event, out) {
    const { account } = state;
    const write = (node: NodeId): void => {
      const [sent, received] = [account.sent.get(node) ?? 0, account.received.get(node) ?? 0];
      out.persist('account', { balance: account.balance, node, sent, received });
    };
    const schedule = (): void => {
      if (state.payTicks > 0) out.setTimer('pay', (1 + out.choose('pay after', state.payTicks)) as Ticks);
    };
    const pay = (payee: NodeId, amount: number): void => {
      account.balance -= amount;
      add(account.sent, payee, amount);
      write(payee);
      out.send(payee, { kind: 'money', amount }, 'account');
    };
    switch (event.kind) {
      case 'start':
        schedule();
        break;
      case 'message': {
        const { amount } = event.message;
        if (!Number.isSafeInteger(amount) || amount < 1) return out.ignore('no money');
        account.balance += amount;
        add(account.received, event.from, amount);
        write(event.from);
        break;
      }
      case 'timeout':
        if (event.timer === 'rest') {
          account.balance += state.resting;
          state.resting = 0;
          break;
        }
        schedule();
        payAnyone();
        break;
      case 'request':
        pay(event.request.payee, 1);
        break;
      case 'persisted':
      case 'persist-failed':
        break;
    }

    function payAnyone(): void {
      const amount = 1 + out.choose('amount', 10);
      const payee = state.payees[out.choose('payee', state.payees.length + 1)];
      if (account.balance < amount) return;
      if (payee !== undefined) pay(payee, amount);
      else if (state.resting === 0) {
        account.balance -= amount;
        state.resting = amount;
        out.setTimer('rest', (1 + out.choose('rest', 20)) as Ticks);
      }
    }
  },
};

function add(amounts: Map<NodeId, number>, node: NodeId, amount: number): void {
  amounts.set(node, (amounts.get(node) ?? 0) + amount);
}
