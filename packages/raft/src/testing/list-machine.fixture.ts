/** A machine that keeps what it was given; any query is answered with all of it. */
import type { RaftCommand, RaftResult } from '../machine.ts';
import { plainFromBytes, plainToBytes } from '../machines/plain-bytes.ts';

export function listMachine(): (command: RaftCommand) => RaftResult {
  let list: unknown[] = [];
  return (command) => {
    switch (command.kind) {
      case 'apply':
        return { kind: 'applied', results: command.commands.map(({ data }) => list.push(data)) };
      case 'query':
        return { kind: 'answered', answers: command.queries.map(() => [...list]) };
      case 'snapshot':
        return { kind: 'snapshot', data: plainToBytes(list) };
      case 'restore':
        list = plainFromBytes(command.data) as unknown[];
        return { kind: 'restored' };
    }
  };
}
