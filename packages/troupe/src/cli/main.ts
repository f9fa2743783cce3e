#!/usr/bin/env node
/** The command line: `npx troupe COMMAND`. Exit code 0: well, 1: the command found something wrong, 2: usage. */

import { check } from './check.ts';
import { type Command, UsageError } from './command.ts';
import { doctor } from './doctor.ts';
import { explore } from './explore.ts';
import { raft } from './raft.ts';
import { sim } from './sim.ts';
import { version } from './version.ts';

const COMMANDS: readonly Command[] = [doctor, sim, explore, check, raft];

const HELP = `Usage: troupe COMMAND [OPTION …]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

  --help     This text, or with a command, that command's.
  --version  The version.
`;

async function main(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    process.stdout.write(HELP);
    return first === undefined ? 2 : 0;
  }
  if (first === '--version') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const command = COMMANDS.find(({ name }) => name === first);
  if (command === undefined)
    throw new UsageError('', `Expected a command (${COMMANDS.map(({ name }) => name).join(', ')}), got '${first}'.`);
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(command.help);
    return 0;
  }
  return await command.run(rest);
}

// Whoever reads has had enough, as with `| head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const words = process.argv.slice(2);
try {
  process.exitCode = await main(words);
} catch (error) {
  if (words.includes('--json')) tellAsData(error);
  else if (!(error instanceof UsageError)) throw error;
  else {
    process.stderr.write(
      `troupe: ${error.message} Try: ${['troupe', error.command, '--help'].filter(Boolean).join(' ')}\n`,
    );
    process.exitCode = 2;
  }
}

function tellAsData(error: unknown): void {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  // Undefined is left out.
  const told = { name, code: (error as { code?: unknown } | null)?.code, message };
  process.stdout.write(`${JSON.stringify({ ok: false, error: told })}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
