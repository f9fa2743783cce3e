/** The error codes of `@troupe/actors`: what each means, and what to do. The documentation's table is made from this. */

import { TroupeError } from '@troupe/protocol';

export const ACTOR_ERRORS = {
  TROUPE_DEFINITION_INVALID: 'A definition is not of the expected form. Mend the part that the message names.',
  TROUPE_DEFINITION_DUPLICATE:
    'Two definitions of one name in one module, or a module evaluated twice in a thread. Name each definition differently, at the top level of its module.',
  TROUPE_DEFINITION_MISSING:
    'A node imported the module and did not find the definition there. Define actors at the top level of a module that can be imported, not in functions or closures.',
  TROUPE_MODULE_LOAD: 'A node could not import the module of a definition. The cause says why.',
  TROUPE_OPTION_INVALID:
    'An option, or an argument of a call, has a wrong value: what is no ref where one is wanted, too. The message says what was expected.',
  TROUPE_UNKNOWN_HANDLER:
    'A message of a kind for which the definition has no handler. The message lists those that exist.',
  TROUPE_DEAD_REF: 'The actor has stopped. Look it up again by name, or monitor it to learn of its end.',
  TROUPE_MAILBOX_FULL:
    'The mailbox, or the way to its node, has no room. Await ref.room(), slow down, or choose another overflow rule. The undelivered message is in data.',
  TROUPE_ASK_TIMEOUT: 'No answer in time. The message says how deep the queue was and whether a handler was running.',
  TROUPE_ASK_CANCELLED:
    'The signal given to an ask was aborted, or what its asker was answering is no longer waited for.',
  TROUPE_ASK_CYCLE:
    'An ask to an actor that is itself waiting for this answer. The path is in data; use tell, or turn the question round.',
  TROUPE_ASK_DEADLOCK: 'Actors that ask one another wait in a ring. The path is in data.',
  TROUPE_ASK_LOST: 'The actor stopped or failed before it answered.',
  TROUPE_STREAM_CLOSED: 'The stream ended because its actor stopped or failed.',
  TROUPE_NAME_TAKEN: 'Another actor of the system has this name.',
  TROUPE_NODE_BUSY:
    'A node holds as much of another as it may: requests that are open, answers and signals that were not read, monitors, links, names or offers. Wait for what is under way, or take back what is not needed.',
  TROUPE_NO_ROUTEE:
    'A router has no living actor to route to. Await router.ready(), or look why its actors have stopped.',
  TROUPE_NODE_UNKNOWN: 'No node of this name. The message lists those that exist.',
  TROUPE_NODE_DOWN:
    'The node has ended, and is being restarted or stays down; or it is up again and the actor is not. The message says why, and data.reason. Await system.whenUp(node) before the next ask.',
  TROUPE_CONTROL_MALFORMED:
    'What one node asked of another, or answered, is not as it must be, and was refused. The nodes have loaded different versions of something, or one of them is broken: its log has more.',
  TROUPE_INIT_FAILED: 'An actor could not start: its init threw. The cause says what.',
  TROUPE_RESTART_INTENSITY: 'More restarts than the supervisor allows in its period. The cause is the last failure.',
  TROUPE_LINKED_EXIT: 'A linked actor ended abnormally. The cause is its reason.',
  TROUPE_STOPPED: 'The actor, or the system, has been stopped.',
  TROUPE_REVOKED:
    'This incarnation has ended, or was revoked because it did not stop in time. What it still sends is dropped and counted.',
  TROUPE_NOT_IN_HANDLER: 'Something that only a running handler can do was called outside of one.',
  TROUPE_STASH_FULL: 'The stash has no room.',
  TROUPE_BEHAVIOUR_UNKNOWN: 'No behaviour of this name in the definition.',
  TROUPE_COMPUTE_FULL:
    'The compute pool has as many tasks waiting as it takes. Await some before the next, or allow more.',
  TROUPE_COMPUTE_CANCELLED: 'The signal of a task was aborted: that of the actor, or the one that was given.',
  TROUPE_COMPUTE_LOST: 'The thread that ran a task ended: the task called process.exit, or ran out of memory.',
  TROUPE_CORE_STORAGE_LOST:
    'A member of a group came back on a restarted node without the durable records that its promises rest on: they were in memory. It takes no part. Give the core a storage on disk, or start a new member under a new id.',
  TROUPE_STAMP_REFUSED:
    'A message came with a time that the clock of its receiver can not take in: malformed, or further ahead than clocks may be apart. It was not handled. The nodes run different versions, one of them is broken, or their clocks are apart.',
  TROUPE_TRACE_OFF: 'The system does not record what happens. Make it with createSystem({ trace: true }).',
  TROUPE_PROBE_UNMET:
    'A probe of the test kit did not get the message that the test expects. The message says what came.',
  TROUPE_TEST_RESTLESS:
    'A system of the test kit does not come to rest: actors send to one another for ever, or one never stops.',
  TROUPE_SNAPSHOT_ABORTED:
    'A snapshot of the system was given up: a node ended or came up meanwhile, it took too long, it would be too large, or something in it can’t be copied. data.reason and data.node say which, and of what. Take another.',
  TROUPE_SNAPSHOT_INVALID:
    'What was to be restored is no snapshot, or one of another version. The message says what is wrong in it, and where.',
  TROUPE_SNAPSHOT_MISMATCH:
    'A snapshot does not fit this system: its nodes have other names, or a definition has other handlers. The message names the difference; nothing was restored.',
  TROUPE_SNAPSHOT_SUSPENDED:
    'Actors of the snapshot awaited something, and their definitions don’t say how to go on. Their names are in data. Take the snapshot with { whenIdle: true }, or give the definitions a `resume`.',
  TROUPE_REFUSED: 'A handler refused the request; the actor goes on.',
} as const satisfies Record<`TROUPE_${string}`, string>;

export type ActorErrorCode = keyof typeof ACTOR_ERRORS;

export function actorError(
  code: ActorErrorCode,
  message: string,
  data?: Readonly<Record<string, unknown>>,
  cause?: unknown,
): TroupeError {
  return new TroupeError(code, message, {
    ...(data === undefined ? {} : { data }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Thrown by a handler to refuse a request: the asker gets it as it is, and the actor goes on. Any other error fails the actor. */
export class Refusal extends TroupeError {
  override readonly name = 'Refusal';

  constructor(message: string, data?: Readonly<Record<string, unknown>>) {
    super('TROUPE_REFUSED', message, data === undefined ? {} : { data });
  }
}

/** A node holds as much of another as it may. */
export function nodeBusy(node: string, expected: string): Error {
  return actorError(
    'TROUPE_NODE_BUSY',
    `Expected ${expected} on ${node}, got one more. Wait for what is under way, or take back what is not needed.`,
    { node },
  );
}
