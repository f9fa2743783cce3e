/** Where a new actor comes from: what was asked for is checked, its place and name are found, and its supervisor's turn waited for. */

import { ActorType } from './actor-type.ts';
import { type Cell, Flag } from './cell.ts';
import type { Context } from './context.ts';
import type { AnyDefinition } from './definition.ts';
import { actorError } from './errors.ts';
import type { Kernel } from './kernel.ts';
import type { StartSpec } from './lifecycle.ts';
import { checkName } from './names.ts';
import { described, mailboxPolicy, optionInvalid } from './overflow.ts';
import { offerKey } from './receptionist.ts';
import type { OwnedRef } from './ref.ts';
import { checkSpawnOptions, type SpawnOptions } from './spawn-options.ts';
import { type ChildPolicy, childPolicy } from './supervision/policy.ts';

export class Spawning {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  spawn(
    parent: Cell,
    definition: AnyDefinition,
    argument: unknown,
    options: SpawnOptions | undefined,
  ): Promise<OwnedRef<unknown>> {
    try {
      const type = asType(definition);
      if (options !== undefined) checkSpawnOptions(options);
      const node = this.kernel.nodes.place(options?.node);
      const policy = childPolicy(options);
      const mailbox =
        options?.mailbox === undefined
          ? type.mailbox
          : mailboxPolicy(type.interface.kinds, options.mailbox, type.spec.mailbox);
      if (options?.name !== undefined) checkName(options.name);
      this.mustAccept(parent, policy);
      if (node !== this.kernel.index)
        return this.kernel.remoteChildren.spawn(parent, node, type, argument, options, policy);
      const spec = {
        type,
        argument: this.kernel.copy(argument, 'argument'),
        name: options?.name,
        mailbox,
        policy,
        id: 0,
      };
      const offer = options?.offer === undefined ? undefined : offerKey(options.offer === true ? type : options.offer);
      if (spec.name !== undefined || parent.more?.supervisor?.mustWait === true)
        return this.startLater(parent, parent.ctx, spec, offer);
      const cell = this.kernel.lifecycle.start(parent, spec);
      if (offer !== undefined) this.kernel.receptionist.offer(cell, offer);
      return this.kernel.dispatcher.afterYield(cell.ref as unknown as OwnedRef<unknown>);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Once it has its name, if it wants one, and its supervisor has done what is under way. */
  private async startLater(
    parent: Cell,
    ctx: Context | undefined,
    spec: StartSpec,
    offer: string | undefined,
  ): Promise<OwnedRef<unknown>> {
    const { names, index } = this.kernel;
    const { name } = spec;
    const claim = name === undefined ? 0 : await names.claim(name, index);
    let end: (() => void) | undefined;
    try {
      mustStillRun(parent, ctx);
      end = await this.kernel.supervisorOf(parent).turn();
      mustStillRun(parent, ctx);
      this.mustAccept(parent, spec.policy);
      const cell = this.kernel.lifecycle.start(parent, spec);
      if (name !== undefined) names.bind(name, cell, claim);
      if (offer !== undefined) this.kernel.receptionist.offer(cell, offer);
      return cell.ref as unknown as OwnedRef<unknown>;
    } catch (error) {
      if (name !== undefined) names.release(name, claim);
      throw error;
    } finally {
      end?.();
    }
  }

  private mustAccept(parent: Cell, policy: ChildPolicy): void {
    if (policy.significant && this.kernel.supervisorOf(parent).state.policy.autoShutdown === 'never') {
      throw optionInvalid(
        'significant',
        `false under ${parent}, whose supervision.autoShutdown is never: its end would mean nothing`,
        true,
      );
    }
    if ((parent.flags & (Flag.Stopping | Flag.Stopped)) !== 0) {
      throw actorError(
        'TROUPE_STOPPED',
        `Expected a running parent for a new actor, got ${parent}, which is stopping.`,
        { parent: parent.toString() },
      );
    }
  }
}

/**
 * The incarnation whose context it is, that of a spawn under way: a child of one is not left to the next, which knows nothing
 * of it.
 *
 * @throws TROUPE_STOPPED
 */
export function mustStillRun(parent: Cell, ctx: Context | undefined): void {
  if (ctx?.revoked !== true && (parent.flags & (Flag.Stopping | Flag.Stopped)) === 0) return;
  // The root's children are the program's.
  const isOfProgram = parent.parent === undefined;
  throw actorError(
    'TROUPE_STOPPED',
    isOfProgram
      ? 'Expected the system to run until an actor had started, got its end. spawn returns a promise of a ref: await it.'
      : `Expected ${parent} to run until its child had started, got the end of the incarnation that spawned it. Await what a handler spawns.`,
    { parent: parent.toString() },
  );
}

/** @throws TROUPE_DEFINITION_INVALID */
export function asType(definition: unknown): ActorType {
  if (definition instanceof ActorType) return definition;
  throw actorError(
    'TROUPE_DEFINITION_INVALID',
    `Expected a definition made by defineActor, got ${described(definition)}.`,
  );
}
