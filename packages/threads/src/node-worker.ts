/** A node's thread: a kernel on rings, with main's control plane over the parent port. */

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Kernel, type Logger, type LogLevel, Stat } from '@troupe/actors';
import * as Comlink from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { jsonFields } from './log.ts';
import { nodeHost } from './node-host.ts';
import type { NodeAdmin, NodeSetup } from './node-setup.ts';
import { becomeNodeThread } from './node-thread.ts';
import { RingTransport } from './ring-transport.ts';

/** Milliseconds. */
const HEARTBEAT = 50;

const setup = workerData as NodeSetup;
becomeNodeThread(setup.nodes[setup.index] as string);
process.setSourceMapsEnabled(true);
setup.log.unref();

const transport = new RingTransport(setup);
const kernel = new Kernel(nodeHost(transport, portLogger(setup.log)), {
  ...setup,
  recoverFrom: setup.firstId > 1 ? setup.ports.map(({ node }) => node) : [],
});
transport.start(kernel);
for (const { node, port } of setup.ports) connect(node, port);
kernel.addObserver((event) => {
  if (event.type !== 'started' && event.type !== 'stopped') kernel.report(event);
});

// The watchdog's heartbeat: a loop that hangs does not come to its timers.
setInterval(() => {
  (kernel.stats[Stat.Heartbeat] as number)++;
}, HEARTBEAT).unref();

function connect(node: number, port: MessagePort): void {
  transport.connect(node, port);
  kernel.nodeUp(node);
}

const admin: NodeAdmin = {
  ready: () => {},
  connect,
  disconnect: (node, reason, isFinal) => {
    const lost = transport.disconnect(node, isFinal);
    if (lost > 0) kernel.deadLetters.count('lost-with-node', lost);
    kernel.nodeDown(node, reason, isFinal);
  },
  isQuiet: () => kernel.isQuiet && transport.isQuiet,
  close: () => {
    kernel.close();
    transport.close();
  },
};
Comlink.expose(admin, nodeEndpoint(parentPort as MessagePort));

function portLogger(port: MessagePort): Logger {
  const at =
    (level: LogLevel) =>
    (fields: Readonly<Record<string, unknown>>, text?: string): void =>
      port.postMessage([level, jsonFields(fields), text]);
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
}
