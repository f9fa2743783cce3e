/** What whoever stands above asks for: first whether it can be meant, then each kind by its own function. */
import { type RequestId, unreachable } from '@troupe/protocol';
import { onTakeSnapshot } from './compaction.ts';
import { onChangeMembership } from './configuration-change.ts';
import { onMemberEnded } from './election.ts';
import { onPropose } from './propose.ts';
import { onRead } from './reads.ts';
import { refuse } from './refusal.ts';
import type { RaftRequest } from './requests.ts';
import type { Step } from './state.ts';
import { statusOf } from './status.ts';
import { onTransferLeadership } from './transfer.ts';

export function onRequest(step: Step, id: RequestId | null, request: RaftRequest): void {
  const objection = objectionTo(request);
  if (objection !== undefined) return refuse(step, id, 'malformed-request', objection);
  switch (request.kind) {
    case 'propose':
      return onPropose(step, id, request.commands);
    case 'read':
      return onRead(step, id, request);
    case 'change-membership':
      return onChangeMembership(step, id, request.change);
    case 'transfer-leadership':
      return onTransferLeadership(step, id, request.to);
    case 'take-snapshot':
      return onTakeSnapshot(step, id);
    case 'member-ended':
      return onMemberEnded(step, request.member);
    case 'status':
      return step.out.reply(id, { kind: 'status', status: statusOf(step) });
    default:
      return unreachable(request);
  }
}

/** What was expected and what came; undefined where all is well. */
function objectionTo(request: RaftRequest): string | undefined {
  switch (request?.kind) {
    case 'propose':
      if (!isFilled(request.commands)) return `at least one command, got ${show(request.commands)}`;
      for (const command of request.commands) {
        // What counts nothing has no bound; and a witness's copy of a command is told by its having no size.
        const isSized = Number.isSafeInteger(command?.bytes) && command.bytes > 0;
        if (!isSized) return `commands with a size in whole bytes from 1 up, got ${show(command?.bytes)}`;
      }
      return undefined;
    case 'read':
      if (!isFilled(request.queries)) return `at least one query, got ${show(request.queries)}`;
      if (CONSISTENCIES.includes(request.consistency)) return undefined;
      return `a consistency of ${CONSISTENCIES.join(', ')}, got ${show(request.consistency)}`;
    case 'change-membership':
      return isChange(request.change) ? undefined : `a change of the membership, got ${show(request.change)}`;
    case 'transfer-leadership':
      if (request.to === null || isNode(request.to)) return undefined;
      return `the id of a node or null, got ${show(request.to)}`;
    case 'member-ended':
      return isNode(request.member) ? undefined : `the id of a node, got ${show(request.member)}`;
    case 'take-snapshot':
    case 'status':
      return undefined;
    default:
      return `a request of a known kind, got ${show((request as { kind?: unknown } | undefined)?.kind)}`;
  }
}

const CONSISTENCIES: readonly unknown[] = ['read-index', 'lease', 'stale'];

/** The rest is for `changeConfiguration` to say. */
function isChange(change: unknown): boolean {
  const { kind, change: one, changes } = (change ?? {}) as { kind?: unknown; change?: unknown; changes?: unknown };
  if (kind === 'simple') return isNodeChange(one);
  if (kind === 'joint') return Array.isArray(changes) && changes.every(isNodeChange);
  return typeof kind === 'string';
}

function isNodeChange(change: unknown): boolean {
  return isNode((change as { node?: unknown } | null | undefined)?.node);
}

function isNode(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0;
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function show(value: unknown): string {
  return Array.isArray(value) ? `${value.length} of them` : typeof value === 'object' ? 'an object' : String(value);
}
