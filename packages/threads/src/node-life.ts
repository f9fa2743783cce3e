/**
 * One life of a node's thread: started once, ended once. Calls to it are answered in time, or fail: no call outlives the thread.
 */

import { setFlagsFromString } from 'node:v8';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { type Logger, plainError } from '@troupe/actors';
import * as Comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { threadError } from './errors.ts';
import type { NodePolicy } from './node-options.ts';
import { readReport } from './node-report.ts';
import type { NodeAdmin, NodeSetup } from './node-setup.ts';
import type { RingNotice } from './ring-registry.ts';
import { ThreadGate } from './thread-gate.ts';

/** How a thread has ended. */
export interface NodeEnd {
  /** For people. */
  readonly reason: string;
  /** What it threw outside of any actor, if it did. */
  readonly error: unknown;
  /** Who ordered it, if someone did. */
  readonly orderedBy: string | undefined;
}

export interface NodeLifeHandlers {
  /** Called once. */
  ended(end: NodeEnd): void;
  /** It was ended by order, and has not ended yet: a native call has not returned. */
  lingers(reason: string): void;
  /** It has made a data ring, or offers it anew. */
  made(notice: RingNotice): void;
  /** A data ring is done with. */
  settled(id: string): void;
  /** It reported what makes no sense. */
  refused(): void;
}

export type RemoteAdmin = Comlink.Remote<NodeAdmin>;

/**
 * 1. A thread loads a `.ts` file, and Node strips its types in WebAssembly, which calls JavaScript; 2. after a thousand such
 * calls V8 compiles a wrapper for them, and frees that of a thread that has ended, if it was the last to use it; 3. now and then
 * its table of code pages has lost the page, and V8 ends the whole process: `Check failed: jit_page.has_value()`. Hence: those
 * calls keep the wrapper that V8 comes with. A budget of so many calls is never used up.
 */
const GENERIC_WRAPPERS = '--wasm-wrapper-tiering-budget=2000000000';

/** A call of the control plane that takes longer has failed. Milliseconds. */
const CALL_TIMEOUT = 10_000;
/** An end waits for native calls; after this it is said so. Milliseconds. */
const LINGER_NOTICE = 1_000;

const ENTRY = new URL('./node-worker.ts', import.meta.url).href;

/**
 * Each thread evaluates all modules anew. The cache of Node spares it compiling them, and where they are TypeScript stripping
 * their types: a thread then starts in a sixth of the time. So this turns it on before the first file, and is none itself: one
 * in TypeScript would have the stripper loaded for it alone. Threads that are terminated do not write what
 * they compiled, so it is written after a second.
 *
 * Half of what is left is finding files, of which there are two hundred. Where one of Troupe's own names another by its path,
 * there is nothing to find.
 */
const BOOT = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import * as module from 'node:module';
    import { workerData } from 'node:worker_threads';
    module.enableCompileCache();
    const own = new URL('../../', workerData.entry).href;
    const hooks = module.registerHooks?.({
      resolve(specifier, context, next) {
        const { parentURL } = context;
        const isOwn = specifier.startsWith('.') && parentURL !== undefined && parentURL.startsWith(own);
        if (!isOwn || parentURL.includes('/node_modules/', own.length)) return next(specifier, context);
        const url = new URL(specifier, parentURL).href;
        if (url.endsWith('.ts')) return { url, format: 'module-typescript', shortCircuit: true };
        return url.endsWith('.js') ? { url, format: 'module', shortCircuit: true } : next(specifier, context);
      },
    });
    await import(workerData.entry);
    hooks?.deregister();
    setTimeout(module.flushCompileCache, 1_000).unref();
  `)}`,
);

export class NodeLife {
  readonly policy: NodePolicy;
  readonly worker: Worker;
  /** What ends the thread goes by it. */
  private readonly gate = new ThreadGate();
  /** It has started, and takes frames. */
  isUp = false;
  private readonly admin: RemoteAdmin;
  private readonly index: number;
  private readonly handlers: NodeLifeHandlers;
  private readonly log: Logger;
  private readonly reports: MessagePort;
  /** Fail the calls under way. */
  private readonly calls = new Set<() => void>();
  private verdict: { readonly why: string; readonly orderedBy: string | undefined } | undefined = undefined;
  private thrown: { readonly error: unknown } | undefined = undefined;
  private end: NodeEnd | undefined = undefined;

  constructor(policy: NodePolicy, setup: Omit<NodeSetup, 'reports' | 'gate'>, log: Logger, handlers: NodeLifeHandlers) {
    this.policy = policy;
    this.index = setup.index;
    this.handlers = handlers;
    this.log = log;
    const channel = new MessageChannel();
    this.reports = channel.port1;
    setFlagsFromString(GENERIC_WRAPPERS);
    this.worker = new Worker(BOOT, {
      name: policy.name,
      workerData: { ...setup, gate: this.gate.memory, reports: channel.port2, entry: ENTRY } satisfies NodeSetup & {
        readonly entry: string;
      },
      transferList: [...setup.ports.map(({ port }) => port), channel.port2],
      resourceLimits: policy.resourceLimits,
    });
    this.admin = Comlink.wrap<NodeAdmin>(nodeEndpoint(this.worker));
    this.reports.on('message', (report) => this.take(report));
    this.reports.unref();
    this.worker.on('error', (error) => {
      this.thrown ??= { error };
    });
    this.gate.closeAtExit(this.worker);
    this.worker.once('exit', (code) => this.onExit(code));
  }

  /** Resolves when the node takes frames. @throws (rejects) TROUPE_NODE_START */
  async ready(): Promise<void> {
    try {
      await this.call('ready', (admin) => admin.ready());
      this.isUp = true;
    } catch (error) {
      const why = this.end === undefined ? 'it did not answer in time' : this.end.reason;
      throw threadError(
        'TROUPE_NODE_START',
        `Expected node ${this.policy.name} to start, got its end: ${why}.`,
        { node: this.policy.name },
        this.end === undefined ? error : this.end.error,
      );
    }
  }

  /** @throws (rejects) TROUPE_NODE_CALL when it takes too long, TROUPE_NODE_DOWN when the thread has ended or ends */
  call<T>(what: string, make: (admin: RemoteAdmin) => Promise<T>, limit: number = CALL_TIMEOUT): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.end !== undefined) return reject(this.down());
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.calls.delete(onEnd);
        act();
      };
      const onEnd = (): void => settle(() => reject(this.down()));
      const timer = setTimeout(() => settle(() => reject(late(this.policy.name, what, limit))), limit);
      // The thread keeps the process alive, where it should be; this must not.
      timer.unref();
      this.calls.add(onEnd);
      make(this.admin).then(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
    });
  }

  /** A call whose failure is the other's end, of which all are told anyway. */
  notify(what: string, make: (admin: RemoteAdmin) => Promise<void>): void {
    this.call(what, make).catch((error) => {
      if (this.end === undefined)
        this.log.warn({ node: this.policy.name, call: what, err: error }, 'a node did not take a notice');
    });
  }

  /** Ends the thread, wherever it is but in an addon; what follows is as after any other end. Resolves when it has ended. */
  async terminate(why: string, orderedBy?: string): Promise<void> {
    if (this.end !== undefined) return;
    this.verdict ??= { why, orderedBy };
    const notice = setTimeout(() => this.handlers.lingers(why), LINGER_NOTICE);
    notice.unref();
    await this.gate.terminate(this.worker);
    clearTimeout(notice);
  }

  setRef(isRef: boolean): void {
    if (isRef) this.worker.ref();
    else this.worker.unref();
  }

  private onExit(code: number): void {
    const { thrown } = this;
    const reason = this.verdict?.why ?? (thrown === undefined ? exitReason(code) : thrownReason(thrown.error));
    const end = { reason, error: thrown?.error, orderedBy: this.verdict?.orderedBy };
    this.end = end;
    // What it said last is worth most.
    for (let last = receiveMessageOnPort(this.reports); last !== undefined; last = receiveMessageOnPort(this.reports))
      this.take(last.message);
    this.reports.close();
    for (const fail of [...this.calls]) fail();
    this.isUp = false;
    this.handlers.ended(end);
  }

  private take(what: unknown): void {
    const report = readReport(this.index, what);
    if (report === undefined) return this.handlers.refused();
    if ('made' in report) this.handlers.made(report.made);
    else if ('settled' in report) this.handlers.settled(report.settled);
    else {
      const [level, fields, text] = report.log;
      this.log[level]({ node: this.policy.name, ...fields }, text);
    }
  }

  private down(): Error {
    return threadError('TROUPE_NODE_DOWN', `Expected node ${this.policy.name} to be up, got its end.`, {
      node: this.policy.name,
    });
  }
}

function late(node: string, what: string, limit: number): Error {
  return threadError('TROUPE_NODE_CALL', `Expected node ${node} to answer '${what}' within ${limit} ms, got nothing.`, {
    node,
  });
}

const exitReason = (code: number): string => `its thread ended with code ${code}: process.exit was called there`;

function thrownReason(error: unknown): string {
  if ((error as { code?: unknown } | null)?.code === 'ERR_WORKER_OUT_OF_MEMORY')
    return 'it ran out of memory: allow it more by resourceLimits, or give it less to hold';
  // Anything can be thrown, and not everything can be made text.
  const { name, message } = plainError(error);
  return `it threw outside of an actor: ${error instanceof Error ? `${name}: ${message}` : message}`;
}
