import type { Subject } from './subject.ts';

/** Each module by the name of its subject; variants (`troupe:async`) live in the module of what stands before the colon. */
const MODULES: Readonly<Record<string, () => Promise<{ readonly subjects: readonly Subject[] }>>> = {
  troupe: () => import('./troupe.ts'),
  nact: () => import('./nact.ts'),
  comedy: () => import('./comedy.ts'),
  xstate: () => import('./xstate.ts'),
  effect: () => import('./effect.ts'),
  messageport: () => import('./messageport.ts'),
  comlink: () => import('./comlink.ts'),
  piscina: () => import('./piscina.ts'),
  etcd: () => import('./etcd.ts'),
  erlang: () => import('./erlang.ts'),
  msgpackr: () => import('./msgpackr.ts'),
  JSON: () => import('./json.ts'),
  v8: () => import('./v8.ts'),
  structuredClone: () => import('./structured-clone.ts'),
  uuid: () => import('./uuid.ts'),
  '@sapphire/snowflake': () => import('./sapphire-snowflake.ts'),
  lmdb: () => import('./lmdb.ts'),
  'limit:array-queue': () => import('./limit-array-queue.ts'),
  'limit:raw-ring': () => import('./limit-raw-ring.ts'),
  'limit:msgpackr-ring': () => import('./limit-msgpackr-ring.ts'),
  'limit:spin-ring': () => import('./limit-spin-ring.ts'),
  'limit:raft-core': () => import('./limit-raft-core.ts'),
  'limit:three-volumes': () => import('./limit-three-volumes.ts'),
  'limit:event-loop': () => import('./limit-event-loop.ts'),
  'limit:compiled': () => import('./limit-compiled.ts'),
  'limit:synced-write': () => import('./limit-synced-write.ts'),
  'limit:fdatasync-log': () => import('./limit-fdatasync-log.ts'),
};

/** Every subject that can be imported here, and why the others can't: one broken peer must not stop the rest. */
export async function loadSubjects(): Promise<{
  readonly subjects: readonly Subject[];
  readonly broken: readonly { readonly name: string; readonly reason: string }[];
}> {
  const loaded = await Promise.allSettled(Object.values(MODULES).map((load) => load()));
  const names = Object.keys(MODULES);
  return {
    subjects: loaded.flatMap((result) => (result.status === 'fulfilled' ? result.value.subjects : [])),
    broken: loaded.flatMap((result, index) =>
      result.status === 'rejected' ? [{ name: names[index] ?? '', reason: String(result.reason) }] : [],
    ),
  };
}

/** Imports the module of one subject and no other, since a process measures one subject. */
export async function loadSubject(name: string): Promise<Subject> {
  const key = Object.keys(MODULES).find((candidate) => name === candidate || name.startsWith(`${candidate}:`));
  const subjects = key === undefined ? [] : (await MODULES[key]?.())?.subjects;
  const subject = subjects?.find((candidate) => candidate.name === name);
  if (subject === undefined) throw new Error(`Expected a known subject, got "${name}"`);
  return subject;
}
