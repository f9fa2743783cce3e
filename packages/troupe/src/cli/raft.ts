/** `troupe raft`: what is done to the stores of a cluster while it does not run. */

import { parseArgs } from 'node:util';
import { isTroupeError } from '@troupe/protocol';
import { type Command, UsageError } from './command.ts';

const NAME = 'raft';

const HELP = `Usage: troupe raft ACTION DIRECTORY [OPTION …]

Acts on the stores of a cluster below DIRECTORY, while it does not run.

  bootstrap DIRECTORY --cluster NAME --nodes a,b,c
      Makes the stores of a new cluster. Once; a start then finds them.
  show DIRECTORY --cluster NAME --node a
      What a member's store holds: term, last entry, log snapshot.
  restore DIRECTORY --cluster NAME --nodes a,b,c --backup FILE
      Makes the stores of a new cluster out of a backup (handle.backup).
  recover DIRECTORY --cluster NAME --node a --new-cluster NAME --new-directory DIRECTORY --accept-loss
      When the disks of a majority are gone FOR GOOD: makes the store of a new cluster of one member out of a
      survivor's. Acknowledged writes may be lost. Of several survivors take the one whose last term, then last
      entry, is highest (see show). The old store stays as it is; never run it again beside the new cluster.

  --json   One JSON object on standard output.
`;

export const raft: Command = {
  name: NAME,
  summary: 'Bootstraps, shows, restores and recovers the stores of a Raft cluster.',
  help: HELP,
  async run(args) {
    const { action, directory, text, isLossAccepted, isJson } = readArguments(args);
    try {
      const told = await act(action, directory, text, isLossAccepted);
      process.stdout.write(isJson ? `${JSON.stringify({ ok: true, ...told })}\n` : said(told));
      return 0;
    } catch (error) {
      if (!isTroupeError(error) || isJson) throw error;
      process.stderr.write(`${error.code}: ${error.message}\n`);
      return 1;
    }
  },
};

async function act(
  action: string,
  directory: string,
  text: (name: string) => string,
  isLossAccepted: boolean,
): Promise<Readonly<Record<string, unknown>>> {
  // Only here, since it brings LMDB's binary along: other commands do without.
  const { bootstrap, inspectStore, recover, restore } = await import('../raft/index.ts');
  const cluster = text('cluster');
  const nodes = (): readonly string[] => text('nodes').split(',');
  switch (action) {
    case 'bootstrap':
      await bootstrap({ cluster, nodes: nodes(), directory });
      return { did: `bootstrapped ${cluster}`, nodes: nodes(), directory };
    case 'restore':
      await restore(text('backup'), { cluster, nodes: nodes(), directory });
      return { did: `restored ${cluster} from ${text('backup')}`, nodes: nodes(), directory };
    case 'show':
      return { ...(await inspectStore(directory, cluster, text('node'))) };
    case 'recover': {
      const newCluster = text('new-cluster');
      const newDirectory = text('new-directory');
      const survivor = text('node');
      const found = await recover({
        directory,
        cluster,
        survivor,
        newCluster,
        newDirectory,
        acceptLoss: isLossAccepted,
      });
      return {
        did: `RECOVERED ${newCluster} from what ${survivor} of ${cluster} had. What the lost majority had acknowledged beyond it is gone.`,
        directory: newDirectory,
        ...found,
        next: `start it with ${survivor} alone, join others, and never run the old members again`,
      };
    }
    default:
      throw new UsageError(NAME, `Expected bootstrap, show, restore or recover, got '${action}'.`);
  }
}

function said(told: Readonly<Record<string, unknown>>): string {
  return `${Object.entries(told)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join('\n')}\n`;
}

function readArguments(args: readonly string[]) {
  const string = { type: 'string' } as const;
  let parsed: ReturnType<typeof parse>;
  const parse = () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        cluster: string,
        node: string,
        nodes: string,
        backup: string,
        'new-cluster': string,
        'new-directory': string,
        'accept-loss': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
  try {
    parsed = parse();
  } catch (error) {
    throw new UsageError(NAME, `${(error as Error).message.replace(/\.$/, '')}.`);
  }
  const [action, directory, ...others] = parsed.positionals;
  if (action === undefined || directory === undefined || others.length > 0)
    throw new UsageError(NAME, `Expected an ACTION and a DIRECTORY, got '${parsed.positionals.join(' ')}'.`);
  const { values } = parsed;
  return {
    action,
    directory,
    isLossAccepted: values['accept-loss'] === true,
    isJson: values.json === true,
    text(name: string): string {
      const value = (values as Readonly<Record<string, unknown>>)[name];
      if (typeof value === 'string' && value !== '') return value;
      throw new UsageError(NAME, `Expected --${name}, got none.`);
    },
  };
}
