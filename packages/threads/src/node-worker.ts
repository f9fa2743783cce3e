/** A node's thread: a kernel on rings, with main's control plane over the parent port. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Kernel, loggerOf, Stat } from '@troupe/actors';
import * as Comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { jsonFields } from './log.ts';
import { nodeHost } from './node-host.ts';
import type { NodeAdmin, NodeReport, NodeSetup } from './node-setup.ts';
import { becomeNodeThread } from './node-thread.ts';
import { RingTransport } from './ring-transport.ts';
import { ThreadGate } from './thread-gate.ts';

/** Milliseconds. */
const HEARTBEAT = 50;

const setup = workerData as NodeSetup;
becomeNodeThread(setup.nodes[setup.index] as string);
new ThreadGate(setup.gate).guardThisThread();
process.setSourceMapsEnabled(true);
setup.reports.unref();
const report = (what: NodeReport): void => setup.reports.postMessage(what);
const log = loggerOf((level) => (fields, text) => report({ log: [level, jsonFields(fields), text] }));

const transport = new RingTransport({
  ...setup,
  reports: { made: (made) => report({ made }), settled: (settled) => report({ settled }) },
});
const kernel = new Kernel(nodeHost(transport, log), {
  ...setup,
  recoverFrom: setup.firstId > 1 ? setup.ports.map(({ node }) => node) : [],
});
transport.start(kernel);
transport.inherit(setup.heirlooms);
for (const { node, port, life } of setup.ports) connect(node, port, life);
kernel.observers.add((event) => {
  if (event.type !== 'started' && event.type !== 'stopped') kernel.observers.report(event);
});

// The watchdog's heartbeat: a loop that hangs does not come to its timers.
setInterval(() => {
  (kernel.stats[Stat.Heartbeat] as number)++;
  transport.lookAgain();
}, HEARTBEAT).unref();

function connect(node: number, port: MessagePort, life: number): void {
  transport.connect(node, port, life);
  kernel.nodeUp(node);
}

const admin: NodeAdmin = {
  ready: () => {},
  connect,
  inherit: (heirlooms) => transport.inherit(heirlooms),
  disconnect: (node, reason, isFinal) => {
    const lost = transport.disconnect(node, isFinal);
    if (lost > 0) kernel.deadLetters.count('lost-with-node', lost);
    kernel.nodeDown(node, reason, isFinal);
  },
  isQuiet: () => kernel.isQuiet && transport.isQuiet,
  isRead: () => {
    kernel.deadLetters.sendHome();
    transport.flush();
    return transport.isQuiet;
  },
  close: () => {
    kernel.close();
    transport.close();
  },
};
Comlink.expose(admin, nodeEndpoint(parentPort as MessagePort));
