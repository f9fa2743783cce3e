import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystem, type OwnedRef, type System, spawnGroup } from 'troupe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SILENT } from '../actors/hosts.ts';
import { FileLedger, MemoryLedger } from './fixtures/ledger.ts';
import { Recorder } from './fixtures/stacks.ts';
import { onEveryHost } from './stage.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const until = async (holds: () => unknown) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
};

interface Told {
  readonly kind: string;
  readonly entry?: number;
  readonly entries?: readonly number[];
}

let groups = 0;

async function start(host: 'threads' | 'inline', definition: typeof MemoryLedger) {
  const logged: string[] = [];
  const error = (fields: Readonly<Record<string, unknown>>) =>
    void logged.push(String((fields['err'] as { code?: string } | undefined)?.code));
  const logger = { ...SILENT, error };
  const system: System = await createSystem({ nodes: host === 'inline' ? 'inline' : 2, logger, handleSigterm: false });
  const recorder = await system.spawn(Recorder, undefined, { node: 'main' });
  const [n1, n2] = host === 'inline' ? ['main', 'main'] : ['n1', 'n2'];
  const members = { m1: { node: n1 }, m2: { node: n2 } };
  const options = { folder };
  const group = `ledger${groups++}`;
  const spawned = await spawnGroup(system, definition, { group, members, options, subscriber: recorder as never });
  const [m1] = [...spawned.values()] as [OwnedRef<never>];
  const member = m1 as never as typeof spawned extends ReadonlyMap<unknown, infer R> ? R : never;
  const told = async (id: 'm1' | 'm2') => ((await recorder.ask.all()).get(id as never) ?? []) as Told[];
  const began = async () => (await told('m1')).filter(({ kind }) => kind === 'began').map(({ entries }) => entries);
  await until(async () => (await began()).length === 1);
  return { system, member, told, began, logged, [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() };
}

onEveryHost((host) => {
  describe('a core that persists', () => {
    it.each([
      ['memory', MemoryLedger],
      ['a file', FileLedger],
    ] as const)(
      'answers, and sends, once its records are durable, and knows them after a failure: in %s',
      async (_where, definition) => {
        await using ledger = await start(host, definition);
        const { member, began, told } = ledger;
        const before = (await began())[0] ?? [];
        const entries = Array.from({ length: 50 }, (_, i) => 1_000 * groups + i);
        const replies = await Promise.all(entries.map((entry) => member.ask.request({ kind: 'enter', entry })));
        expect(replies).toEqual(entries.map((entry) => ({ kind: 'entered', entry })));
        await until(async () => (await told('m2')).filter(({ kind }) => kind === 'heard').length === 50);
        member.tell.request({ kind: 'fail' });
        await until(async () => (await began()).length === 2);
        expect((await began())[1]).toEqual([...before, ...entries]);
        // And goes on.
        expect(await member.ask.request({ kind: 'enter', entry: 7 })).toEqual({ kind: 'entered', entry: 7 });
      },
    );

    it('gathers what is persisted while the disk is at work, and closes its storage at the end', async () => {
      const file = join(folder, 'm1');
      const lines = (what: string) =>
        readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line === what).length;
      const synced = lines('sync');
      const closed = lines('closed');
      {
        await using ledger = await start(host, FileLedger);
        const entries = Array.from({ length: 300 }, (_, i) => i);
        await Promise.all(entries.map((entry) => ledger.member.ask.request({ kind: 'enter', entry })));
        const groups = lines('sync') - synced;
        expect(groups).toBeGreaterThan(0);
        expect(groups).toBeLessThan(100);
      }
      expect(lines('closed')).toBe(closed + 1);
    });
  });
});

describe('when the node of a member ends', () => {
  it('its records on disk are there in its next life, every one that it answered for', async () => {
    await using ledger = await start('threads', FileLedger);
    const { system, member, began } = ledger;
    const before = (await began())[0] ?? [];
    const answered: number[] = [];
    const asks = Array.from({ length: 200 }, async (_, i) => {
      const reply = await member.ask.request({ kind: 'enter', entry: 500_000 + i });
      answered.push(reply.entry);
    });
    const settled = Promise.allSettled(asks);
    await until(() => answered.length >= 20);
    await system.kill('n1');
    await settled;
    await until(async () => (await began()).length === 2);
    const after = (await began())[1] ?? [];
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.slice(before.length)).toEqual(expect.arrayContaining(answered));
  });

  it('a member whose records were in its memory does not come back: it says so, and takes no part', async () => {
    await using ledger = await start('threads', MemoryLedger);
    const { system, member, began, logged } = ledger;
    await member.ask.request({ kind: 'enter', entry: 1 });
    await system.kill('n1');
    const refusal = async () =>
      member.ask.request({ kind: 'enter', entry: 2 }).catch((error: { code?: string; message?: string }) => error);
    await until(async () => ((await refusal()) as { code?: string }).code === 'TROUPE_REFUSED');
    expect(await refusal()).toMatchObject({ message: expect.stringContaining('Expected the durable records of') });
    expect(await member.ask.status()).toMatchObject({ ready: false });
    expect(await began()).toHaveLength(1);
    expect(logged).toContain('TROUPE_CORE_STORAGE_LOST');
  });
});
