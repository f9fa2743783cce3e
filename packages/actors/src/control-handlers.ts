/** What a kernel does with each control message. */

import { describeCell, NOT_STARTED_AGAIN } from './ask/wait-description.ts';
import type { ControlHandlers } from './control.ts';
import { actorError } from './errors.ts';
import { findType } from './find-type.ts';
import type { Kernel } from './kernel.ts';
import { HOME } from './names.ts';
import { mailboxPolicy } from './overflow.ts';
import { SHUTDOWN } from './reason.ts';
import { ANSWERS } from './snapshot/snapshot-control.ts';
import { RemoteParent } from './supervision/remote-child.ts';

export function controlHandlers(kernel: Kernel): ControlHandlers {
  return {
    spawn: (from, message) => spawnHere(kernel, from, message),
    stop: async (_from, { id }) => {
      if (kernel.exported(id) === undefined) await kernel.recovery.known(id);
      const cell = kernel.exported(id);
      if (cell !== undefined) await kernel.lifecycle.stop(cell, SHUTDOWN);
    },
    'child-ended': (from, { id, reason }) => kernel.remoteChildren.onChildEnded(from, id, reason),
    'child-gone': (from, { id, reason }) => kernel.remoteChildren.onChildGone(from, id, reason),
    'child-halt': (from, { id, reason }) =>
      new Promise<void>((resolve) => guest(kernel, from, id)?.halt(reason, resolve) ?? resolve()),
    'child-discard': (from, { id, reason }) =>
      new Promise<void>((resolve) => {
        const cell = guest(kernel, from, id);
        if (cell === undefined) resolve();
        else cell.discard(reason, resolve);
      }),
    'child-revive': (from, { id, reason }) =>
      new Promise<void>((resolve, reject) => {
        const cell = guest(kernel, from, id);
        if (cell === undefined)
          reject(
            actorError('TROUPE_DEAD_REF', `Expected an actor to restart, got none with id ${id} on ${kernel.name}.`),
          );
        else cell.revive(reason, (failure) => (failure === undefined ? resolve() : reject(failure.error)));
      }),
    'child-forgo': (from, { id }) => {
      const cell = guest(kernel, from, id);
      if (cell !== undefined) kernel.names.forgetTree(cell);
    },
    link: (_from, message) => kernel.links.linkFrom(message.from, message.id),
    unlink: (_from, message) => kernel.links.unlinkFrom(message.from, message.id),
    exit: (_from, message) => kernel.links.exitFrom(message.from, message.id, message.reason),
    monitor: (from, { watcher, id }) => kernel.monitors.monitorFrom(from, watcher, id),
    demonitor: (from, { watcher, id }) => kernel.monitors.demonitorFrom(from, watcher, id),
    down: (_from, { watcher, ref, reason }) => kernel.monitors.downFrom(watcher, ref, reason),
    'ask-cancel': (from, { correlation }) => kernel.arrivals.cancel(from, correlation),
    'describe-wait': (_from, { id }) => {
      const cell = kernel.exported(id);
      if (cell !== undefined) return describeCell(cell);
      return kernel.recovery.expects(id) ? NOT_STARTED_AGAIN : undefined;
    },
    'name-claim': (from, { name, supervisor }) => kernel.names.claimHere(name, from, supervisor),
    'name-bind': (_from, { name, ref, claim }) => kernel.names.bindHere(name, ref, claim),
    'name-release-stale': (_from, { name }) => kernel.names.releaseStale(name),
    'name-release': (from, { name, claim }) => kernel.names.releaseFrom(name, from, claim),
    'name-forgo': (from, { name, ref }) => kernel.names.forgoFrom(name, ref, from),
    'name-find': (_from, { name }) => kernel.names.findHere(name),
    offer: (_from, { key, ref }) => kernel.receptionist.offerHere(key, ref),
    withdraw: (_from, { key, ref }) => kernel.receptionist.withdrawHere(key, ref),
    'find-offers': (_from, { key }) => kernel.receptionist.findHere(key),
    'watch-offers': (from, { key }) => kernel.receptionist.watchFrom(from, key),
    'unwatch-offers': (from, { key }) => kernel.receptionist.unwatchFrom(from, key),
    offers: (from, { key, offers }) => {
      if (from === HOME) kernel.receptionist.learn(key, offers);
    },
    publish: (_from, { topic, payload }) => kernel.topics.deliver(topic, payload),
    compute: (from, { id, url, name, bytes, moved }) => kernel.compute.orderFrom(from, id, { url, name, bytes, moved }),
    'compute-cancel': (from, { id }) => kernel.compute.cancelFrom(from, id),
    'answer-me': () => {},
    recovered: (from) => kernel.recovery.done(from),
    'dead-letters': (from, { letters }) => kernel.deadLetters.list.addFrom(from, letters),
    event: (from, { event }) => kernel.observers.tell({ ...event, node: kernel.nodeName(from) } as never),
    room: async (_from, { id }) => {
      if (kernel.exported(id) === undefined) await kernel.recovery.known(id);
      const cell = kernel.exported(id);
      if (cell !== undefined) await kernel.overflow.roomHere(cell);
    },
    probe: (from, message) => kernel.probes.onProbe(from, message),
    'let-go': (_from, { id }) => {
      const cell = kernel.exported(id);
      if (cell !== undefined) kernel.overflow.letGo(cell);
    },
    'let-through': (_from, { from }) => kernel.arrivals.letThrough(from),
    'stream-item': (from, { stream, value }) => kernel.streams.reader(from, stream)?.arrived(value),
    'stream-end': (from, { stream, error }) => kernel.streams.reader(from, stream)?.end(error),
    'stream-credit': (from, { stream, credit }) => {
      const source = kernel.streams.source(stream);
      if (source?.sink.node === from) source.grant(credit);
    },
    'stream-cancel': (from, { stream }) => {
      const source = kernel.streams.source(stream);
      if (source?.sink.node === from) source.cancel();
    },
    'snapshot-marker': (from, marker) => kernel.snapshots.onMarker(from, ANSWERS, marker),
    'snapshot-part': (from, part) => kernel.snapshots.onPart(from, part),
    'snapshot-done': (from, done) => kernel.snapshots.onDone(from, done),
    'snapshot-refused': (from, refusal) => kernel.snapshots.onRefused(from, refusal),
    'snapshot-over': (from, { id }) => kernel.snapshots.onOver(from, id),
    'restore-part': (from, part) => kernel.restoring.prepare(from, part),
    'restore-create': (from, { lastId }) => kernel.restoring.create(from, lastId),
    'restore-begin': (from) => kernel.restoring.begin(from),
  };
}

/** An actor of this node whose supervisor is on the node that speaks. */
function guest(kernel: Kernel, from: number, id: number) {
  const cell = kernel.exported(id);
  const isTheirs =
    cell !== undefined && kernel.guests.has(cell) && cell.parent instanceof RemoteParent && cell.parent.node === from;
  return isTheirs ? cell : undefined;
}

async function spawnHere(
  kernel: Kernel,
  from: number,
  message: Parameters<ControlHandlers['spawn']>[1],
): Promise<number> {
  const { name, policy, argument, key, url, id } = message;
  if (!key.startsWith(`${url}#`))
    throw actorError('TROUPE_CONTROL_MALFORMED', `Expected a definition of ${url}, got the key ${key}.`, { key, url });
  if (id !== 0 && !kernel.refs.mayTakeAgain(id))
    throw actorError('TROUPE_CONTROL_MALFORMED', `Expected the id of an earlier life of ${kernel.name}, got ${id}.`, {
      id,
    });
  const life = kernel.nodes.life(from);
  const type = await findType(kernel, key, url);
  const mailbox =
    message.mailbox === undefined
      ? type.mailbox
      : mailboxPolicy(type.interface.kinds, message.mailbox, type.spec.mailbox);
  const claim = name === undefined ? 0 : await kernel.names.claim(name, from);
  try {
    // 1. The order comes; 2. its node ends while the module is loaded: 3. nobody would ever stop what is started now.
    if (life !== kernel.nodes.life(from)) throw kernel.control.nodeDown(from);
    const cell = kernel.lifecycle.start(new RemoteParent(kernel, from, message.parent), {
      type,
      argument,
      name,
      mailbox,
      policy,
      id: message.id,
    });
    if (id === 0) kernel.refs.exportId(cell);
    else kernel.refs.exportAs(cell, id);
    if (name !== undefined) kernel.names.bind(name, cell, claim);
    if (message.offer !== undefined) kernel.receptionist.offer(cell, message.offer);
    return cell.ref.id;
  } catch (error) {
    if (name !== undefined) kernel.names.release(name, claim);
    throw error;
  }
}
