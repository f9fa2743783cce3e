import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { System } from '@troupe/actors';
import { nodeId } from '@troupe/protocol';
import type { KeyValueCommand, RaftStatus } from '@troupe/raft';
import { MemoryDisk } from '@troupe/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSystem } from '../create-system.ts';
import { readBackup, restore } from './backup.ts';
import { bootstrap } from './bootstrap.ts';
import type { MemberRef } from './client/members.ts';
import { disk, Failing, OnMemoryDisk, Short, Store } from './fixtures/store.ts';
import type { RaftHandle } from './handle.ts';
import { type KeyValueHandle, KeyValueStore } from './key-value-store.ts';
import { inspectStore, recover } from './recover.ts';
import { start } from './start.ts';

const three = { a: 'main', b: 'main', c: 'main' };
const put = (key: string, value: unknown): KeyValueCommand => ({ kind: 'put', key, value });

let system: System;
beforeEach(async () => {
  system = await createSystem({ logLevel: 'fatal' });
});
afterEach(async () => {
  await system[Symbol.asyncDispose]();
});

const inMemory = (): Promise<KeyValueHandle> => start(system, { machine: Store, nodes: three, storage: 'memory' });

async function statusOf(handle: KeyValueHandle, id: string): Promise<RaftStatus> {
  const status = (await handle.status()).get(nodeId(id));
  if (status === undefined || status instanceof Error) throw status ?? new Error(`no member ${id}`);
  return status;
}

async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a start', () => {
  it('that fails leaves no member alive: the next one finds the names free', async () => {
    const wrong = { a: 'main', b: 'nowhere' };
    await expect(start(system, { machine: Store, nodes: wrong, storage: 'memory' })).rejects.toMatchObject({
      code: 'TROUPE_NODE_UNKNOWN',
    });
    await using handle = await inMemory();
    expect((await handle.propose(put('k', 1))) !== undefined).toBe(true);
  });

  it('refuses an option that there is not, by its name', async () => {
    const misspelt = { machine: Store, nodes: three, storage: 'memory', clustre: 'x' } as never;
    await expect(start(system, misspelt)).rejects.toThrow("among machine, nodes, storage, cluster, got 'clustre'");
  });
});

describe('a cluster in one thread', () => {
  it('answers what was put, and knows who leads', async () => {
    await using handle = await inMemory();
    using store = new KeyValueStore(handle);
    expect(await store.put('a', { x: 1 })).toBe(1);
    expect(await store.get('a')).toEqual({ key: 'a', value: { x: 1 }, revision: 1, lease: null });
    const statuses = [...(await handle.status()).values()] as RaftStatus[];
    expect(statuses.filter(({ role }) => role === 'leader').map(({ self }) => self)).toEqual([handle.leader]);
  });

  it('is a key-value store: delete, compare, ranges, leases', async () => {
    await using handle = await inMemory();
    using store = new KeyValueStore(handle);
    await Promise.all(['b', 'a', 'p/1', 'p/2', 'q'].map((key) => store.put(key, key)));
    expect((await store.range({ prefix: 'p/' })).entries.map(({ key }) => key)).toEqual(['p/1', 'p/2']);
    expect(await store.range({ from: 'b', limit: 1 })).toMatchObject({ entries: [{ key: 'b' }], next: 'p/1' });
    expect(await store.delete('b')).toBe(6);
    expect(await store.delete('b')).toBeNull();
    expect(await store.compareAndSet('a', { value: 'x' }, 1)).toMatchObject({ revision: null, found: { value: 'a' } });
    expect(await store.compareAndSet('a', { value: 'a' }, 1)).toMatchObject({ revision: 7 });
    expect(await store.compareAndDelete('a', { revision: 7 })).toMatchObject({ revision: 8 });
    const lease = await store.grantLease(60_000);
    await store.put('held', 1, { lease });
    await store.renewLease(lease);
    await store.revokeLease(lease);
    expect(await store.get('held')).toBeNull();
    await expect(store.renewLease(lease)).rejects.toMatchObject({
      code: 'TROUPE_RAFT_REFUSED',
      data: { reason: 'unknown-lease' },
    });
  });

  it('ends leases by itself, although nobody writes', async () => {
    await using handle = await inMemory();
    using store = new KeyValueStore(handle);
    await store.put('held', 1, { lease: await store.grantLease(200) });
    await until(async () => (await store.get('held')) === null);
  });

  it('tells watchers every change in order, whoever leads', async () => {
    await using handle = await inMemory();
    using store = new KeyValueStore(handle);
    const { revision } = await store.range();
    const seen: unknown[] = [];
    const watching = (async () => {
      for await (const change of store.watch({ prefix: 'w', after: revision }))
        if (seen.push(change.kind === 'put' ? change.value : 'deleted') === 11) return;
    })();
    for (let i = 0; i < 10; i++) {
      if (i === 5) await handle.transferLeadership();
      await store.put('w', i);
      await store.put('other', i);
    }
    await store.delete('w');
    await watching;
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 'deleted']);
    const ended = new AbortController();
    ended.abort();
    for await (const _ of store.watch({ signal: ended.signal })) throw new Error('unreachable');
  });

  it('tells a watcher that changes were dropped, rather than leave some out', async () => {
    await using handle = await start(system, { machine: Short, nodes: { a: 'main' }, storage: 'memory' });
    using store = new KeyValueStore(handle);
    for (let i = 0; i < 5; i++) await store.put('k', i);
    const first = store.watch({ after: 0 }).next();
    await expect(first).rejects.toMatchObject({ code: 'TROUPE_RAFT_COMPACTED', data: { after: 0, oldest: 3 } });
  });

  it('tells what members indicate', async () => {
    await using handle = await inMemory();
    const heard = new Set<string>();
    using _watching = handle.watch(({ indication }) => heard.add(indication.kind));
    await handle.propose(put('a', 1));
    await handle.transferLeadership();
    await handle.takeSnapshot('a');
    await until(() => heard.has('leader-changed') && heard.has('log-snapshot-taken'));
  });

  it('hands the leadership to whom it is told, and goes on', async () => {
    await using handle = await inMemory();
    await handle.propose(put('a', 1));
    for (const to of ['a', 'b', 'c']) {
      expect(await handle.transferLeadership(to)).toBe(to);
      expect(await handle.propose(put('a', to))).toMatchObject({ kind: 'put' });
      expect((await statusOf(handle, to)).role).toBe('leader');
    }
    await expect(handle.transferLeadership('stranger')).rejects.toMatchObject({ code: 'TROUPE_RAFT_ROLE' });
  });

  it('joins a member, and removes one that then stops', async () => {
    await using handle = await inMemory();
    using store = new KeyValueStore(handle);
    await store.put('a', 1);
    expect((await handle.join('d', { node: 'main' })).voters).toEqual(['a', 'b', 'c', 'd']);
    expect((await handle.join('e', { node: 'main', as: 'learner' })).learners).toEqual(['e']);
    const { commitIndex } = await statusOf(handle, handle.leader as string);
    await until(async () => (await statusOf(handle, 'e')).lastApplied >= commitIndex);
    expect(await handle.read({ kind: 'get', key: 'a' }, { node: 'e', consistency: 'stale' })).toMatchObject({
      entry: { value: 1 },
    });
    expect((await handle.remove('a', {})).voters).toEqual(['b', 'c', 'd']);
    expect(handle.nodes).toEqual(['b', 'c', 'd', 'e']);
    expect(await store.put('a', 2)).toBe(2);
    const voters = { kind: 'joint', autoLeave: true, changes: [] } as const;
    const changes = [
      { kind: 'remove', node: nodeId('d') },
      { kind: 'add-voter', node: nodeId('e') },
    ] as const;
    expect((await handle.changeMembership({ ...voters, changes })).voters).toEqual(['b', 'c', 'e']);
    expect(await store.put('a', 3)).toBe(3);
  });
});

describe('what a handle refuses', () => {
  it('a command that is too large, or no data', async () => {
    await using handle = await inMemory();
    await expect(handle.propose(put('a', 'x'.repeat(1 << 20)))).rejects.toMatchObject({
      code: 'TROUPE_RAFT_COMMAND_TOO_LARGE',
      data: { commandBytesMax: 1 << 20 },
    });
    await expect(handle.propose(put('a', new Date()))).rejects.toMatchObject({ code: 'TROUPE_RAFT_COMMAND_MALFORMED' });
    expect(await handle.propose(put('a', 1))).toEqual({ kind: 'put', revision: 1 });
  });

  it('changes of membership that make no sense, and a second one at once', async () => {
    await using handle = await inMemory();
    await handle.propose(put('a', 1));
    const bad = [
      { kind: 'simple', change: { kind: 'remove', node: 'stranger' } },
      { kind: 'leave-joint' },
      { kind: 'stranger' },
      null,
    ];
    for (const change of bad)
      await expect(handle.changeMembership(change as never)).rejects.toMatchObject({
        code: 'TROUPE_RAFT_INVALID_CHANGE',
      });
    const change = (node: string) =>
      handle.changeMembership({ kind: 'simple', change: { kind: 'add-learner', node: nodeId(node) } });
    const ends = await Promise.allSettled([change('x'), change('y')]);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ends.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'TROUPE_RAFT_CHANGE_IN_PROGRESS' },
    });
  });

  it('members that it does not run, leases that are off, queries that throw', async () => {
    await using handle = await inMemory();
    await handle.propose(put('a', 1));
    const get = { kind: 'get', key: 'a' } as const;
    await expect(handle.read(get, { node: 'z' })).rejects.toMatchObject({ code: 'TROUPE_RAFT_MEMBER_UNKNOWN' });
    await expect(handle.read(get, { consistency: 'lease' })).rejects.toMatchObject({ code: 'TROUPE_RAFT_NO_LEASE' });
    await using failing: RaftHandle<never, 'fail' | 'well', never, string> = await start(system, {
      machine: Failing,
      nodes: { f: 'main' },
      storage: 'memory',
    });
    await expect(failing.read('fail')).rejects.toMatchObject({
      code: 'TROUPE_RAFT_QUERY_FAILED',
      message: /no answer/,
    });
    expect(await failing.read('well')).toBe('well');
  });

  it('what comes after its end, and what waits then', async () => {
    const handle = await inMemory();
    await handle.propose(put('a', 1));
    const late = handle.propose(put('a', 2)).catch((error: unknown) => error);
    await handle.close();
    expect(await late).toMatchObject({ code: expect.stringMatching(/CLOSED|OUTCOME_UNKNOWN/) });
    await expect(handle.propose(put('a', 3))).rejects.toMatchObject({ code: 'TROUPE_RAFT_CLOSED' });
    await expect(handle.read({ kind: 'get', key: 'a' })).rejects.toMatchObject({ code: 'TROUPE_RAFT_CLOSED' });
    await handle[Symbol.asyncDispose]();
  });

  it('more than may wait, and asks for a role that a witness does not have', async () => {
    await using handle = await inMemory();
    await handle.propose(put('a', 1));
    await handle.join('w', { node: 'main', as: 'witness' });
    await until(async () => (await statusOf(handle, 'w')).configuration.witnesses.length === 1);
    await expect(handle.read({ kind: 'get', key: 'a' }, { node: 'w', consistency: 'stale' })).rejects.toMatchObject({
      code: 'TROUPE_RAFT_ROLE',
      data: { node: 'w' },
    });
    const all = Array.from({ length: 80_000 }, (_, i) => handle.propose(put('a', i), { timeout: 1 }));
    const codes = new Set(
      (await Promise.allSettled(all)).map((end) => (end.status === 'rejected' ? end.reason.code : 'ok')),
    );
    expect(codes).toContain('TROUPE_RAFT_OVERLOADED');
  });

  it('says what may have been done and what was not, where there is no quorum', async () => {
    await using handle = await inMemory();
    await handle.propose(put('a', 1));
    const leader = handle.leader as string;
    // A leader that has lost its followers takes what it can't commit; then it steps down, and nobody takes anything.
    for (const id of handle.nodes) if (id !== leader) await system.stop(await mustFind(`Store/${id}`));
    const first = handle.propose(put('a', 2), { timeout: 300 });
    await expect(first).rejects.toMatchObject({ code: 'TROUPE_RAFT_OUTCOME_UNKNOWN' });
    await until(async () => (await statusOf(handle, leader)).leader === null);
    await expect(handle.propose(put('a', 3), { timeout: 100 })).rejects.toMatchObject({
      code: 'TROUPE_RAFT_NO_LEADER',
    });
    await expect(handle.transferLeadership(null, { timeout: 100 })).rejects.toMatchObject({
      code: 'TROUPE_RAFT_NO_LEADER',
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(handle.propose(put('a', 4), { signal })).rejects.toMatchObject({ code: 'TROUPE_RAFT_CANCELLED' });
    const later = new AbortController();
    const reading = handle.read({ kind: 'get', key: 'a' }, { signal: later.signal });
    later.abort();
    await expect(reading).rejects.toMatchObject({ code: 'TROUPE_RAFT_CANCELLED' });
    expect((await handle.status()).get(nodeId(handle.nodes.find((id) => id !== leader) as string))).toBeInstanceOf(
      Error,
    );
  });

  it('nothing that only the leader does: it finds out who leads, as a member that is asked says', async () => {
    await using handle = await inMemory();
    await handle.propose(put('a', 1));
    const follower = handle.nodes.find((id) => id !== handle.leader) as string;
    const member = (await mustFind(`Store/${follower}`)) as unknown as MemberRef;
    const request = { kind: 'propose', commands: [{ data: put('a', 2), bytes: 1 }] } as const;
    await until(async () => (await statusOf(handle, follower)).leader === handle.leader);
    expect(await member.ask.request(request)).toMatchObject({
      kind: 'refused',
      reason: 'not-leader',
      leader: handle.leader,
    });
    expect(await member.ask.request({ kind: 'stranger' } as never)).toMatchObject({ reason: 'malformed-request' });
  });

  async function mustFind(name: string) {
    const ref = await system.whereis(name);
    if (ref === undefined) throw new Error(`no actor ${name}`);
    return ref;
  }
});

describe('a cluster on disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'troupe-raft-'));
    disk.fault = undefined;
    disk.memory = new MemoryDisk({ onSync: () => disk.fault });
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });
  const nodes = ['a', 'b', 'c'];
  const onDisk = (at = directory, cluster = 'Store', placed: Readonly<Record<string, string>> = three) =>
    start(system, { machine: Store, nodes: placed, storage: { directory: at }, cluster });

  it('is bootstrapped once, and started as often as one likes', async () => {
    await expect(onDisk()).rejects.toMatchObject({ code: 'TROUPE_RAFT_STORE_MISSING' });
    await bootstrap({ cluster: 'Store', nodes, directory });
    await expect(bootstrap({ cluster: 'Store', nodes, directory })).rejects.toMatchObject({
      code: 'TROUPE_RAFT_STORE_EXISTS',
    });
    for (let life = 1; life <= 3; life++) {
      await using handle = await onDisk();
      expect(await handle.propose(put('life', life))).toEqual({ kind: 'put', revision: life });
    }
  });

  it('refuses the store of another cluster, and a store that is damaged', async () => {
    await bootstrap({ cluster: 'Store', nodes, directory });
    await expect(onDisk(directory, 'Other')).rejects.toMatchObject({
      code: 'TROUPE_RAFT_FOREIGN_STORE',
      data: { expected: 'Other/a', got: 'Store/a' },
    });
    const file = join(directory, 'b', 'data.mdb');
    await writeFile(file, (await readFile(file)).subarray(0, 5_000));
    await expect(onDisk()).rejects.toMatchObject({ code: expect.stringMatching(/TROUPE_STORAGE_(TRUNCATED|CORRUPT)/) });
  });

  it('does not start a member again whose store has gone, and goes on with the others', async () => {
    await bootstrap({ cluster: 'Store', nodes, directory });
    {
      await using handle = await onDisk();
      await handle.propose(put('a', 1));
    }
    await rm(join(directory, 'c'), { recursive: true });
    await expect(onDisk()).rejects.toMatchObject({ code: 'TROUPE_RAFT_STORE_MISSING', data: { self: 'c' } });
    await using handle = await onDisk(directory, 'Store', { a: 'main', b: 'main' });
    expect(await handle.read({ kind: 'get', key: 'a' })).toMatchObject({ entry: { value: 1 } });
    await handle.changeMembership({ kind: 'simple', change: { kind: 'remove', node: nodeId('c') } });
    expect((await handle.join('c', { node: 'main' })).voters).toEqual(nodes);
    await expect(handle.join('a', { node: 'main' })).rejects.toMatchObject({ code: 'TROUPE_RAFT_STORE_EXISTS' });
  });

  it('is backed up while it runs, and restored into a new one', async () => {
    await bootstrap({ cluster: 'Store', nodes, directory });
    const file = join(directory, 'backup');
    await using handle = await onDisk();
    for (let i = 0; i < 20; i++) await handle.propose(put(`k${i}`, i));
    expect(await handle.backup(file)).toBeGreaterThan(20);
    await handle.propose(put('k1', 'later'));
    await expect(handle.backup(file)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readBackup(file)).toMatchObject({ cluster: 'Store' });

    const target = { cluster: 'New', nodes: ['x', 'y', 'z'], directory: join(directory, 'new') };
    await restore(file, target);
    await using restored = await onDisk(target.directory, 'New', { x: 'main', y: 'main', z: 'main' });
    expect(await restored.read({ kind: 'get', key: 'k1' })).toMatchObject({ entry: { value: 1 }, revision: 20 });
    expect(await restored.propose(put('k1', 'new'))).toEqual({ kind: 'put', revision: 21 });

    await writeFile(file, (await readFile(file)).fill(0, 100, 101));
    await expect(restore(file, { ...target, directory: join(directory, 'newer') })).rejects.toMatchObject({
      code: 'TROUPE_RAFT_BACKUP_MALFORMED',
    });
  });

  it('is made anew from a survivor where the others are lost for good, and only where the loss is accepted', async () => {
    await bootstrap({ cluster: 'Store', nodes, directory });
    {
      await using handle = await onDisk();
      for (let i = 0; i < 10; i++) await handle.propose(put(`k${i}`, i));
      await handle.takeSnapshot('a');
      await handle.transferLeadership('a');
      await handle.propose(put('last', 1));
    }
    const newDirectory = join(directory, 'new');
    const options = { directory, cluster: 'Store', survivor: 'a', newCluster: 'Again', newDirectory };
    await expect(recover({ ...options, acceptLoss: false })).rejects.toMatchObject({
      code: 'TROUPE_RAFT_LOSS_NOT_ACCEPTED',
    });
    const found = await recover({ ...options, acceptLoss: true });
    expect(found).toEqual(await inspectStore(directory, 'Store', 'a'));
    await using handle = await onDisk(newDirectory, 'Again', { a: 'main' });
    expect(await handle.read({ kind: 'get', key: 'last' })).toMatchObject({ entry: { value: 1 }, revision: 11 });
    expect((await handle.join('b', { node: 'main' })).voters).toEqual(['a', 'b']);
    expect(await handle.propose(put('new', 1))).toEqual({ kind: 'put', revision: 12 });
  });

  it('waits while its disks are full, says so where that takes too long, and goes on when there is room', async () => {
    const openVolume = OnMemoryDisk.settings.openVolume;
    if (openVolume === undefined) throw new Error('unreachable');
    await bootstrap({ cluster: 'OnMemoryDisk', nodes, directory, openVolume });
    await using handle = await start(system, { machine: OnMemoryDisk, nodes: three, storage: { directory } });
    await handle.propose(put('a', 1));
    for (const fault of ['full', 'failed'] as const) {
      disk.fault = fault;
      const early = handle.propose(put('a', fault), { timeout: 400 }).catch((error: { code: string }) => error.code);
      expect(await early).toMatch(/TROUPE_RAFT_(DISK_FAILED|OUTCOME_UNKNOWN|NO_LEADER)/);
      const later = handle.propose(put('b', fault));
      disk.fault = undefined;
      expect(await later).toMatchObject({ kind: 'put' });
      expect(await handle.read({ kind: 'get', key: 'b' })).toMatchObject({ entry: { value: fault } });
    }
  });
});
