/** Runs a user's state machine for a member: what the core's `apply` effect is executed by, on every host. */
import { unreachable } from '@troupe/protocol';
import type { RaftCommand, RaftResult, StateMachine } from '../machine.ts';

/** One machine, in the state of `create`, until a log snapshot is restored. */
export function machineOf<State, Command, Query, Result, Answer>(
  machine: StateMachine<State, Command, Query, Result, Answer>,
): (command: RaftCommand) => RaftResult {
  let state = machine.create();
  return (command) => {
    switch (command.kind) {
      case 'apply': {
        const results = command.commands.map(({ index, time, data }) =>
          machine.apply(state, data as Command, { index, time }),
        );
        return { kind: 'applied', results };
      }
      case 'query':
        return { kind: 'answered', answers: command.queries.map((query) => machine.query(state, query as Query)) };
      case 'snapshot':
        return { kind: 'snapshot', data: machine.snapshot(state) };
      case 'restore':
        state = machine.restore(command.data);
        return { kind: 'restored' };
      default:
        return unreachable(command);
    }
  };
}
