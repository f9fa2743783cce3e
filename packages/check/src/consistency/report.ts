/** The consistency checkers as the command line knows them, and what they found in words. */

import type { Call, History, Operation } from '../history/history.ts';
import { describeCall } from '../models/call.ts';
import { casRegister } from '../models/register.ts';
import type { Checker, CheckerOptions, CheckReport, Verdict } from '../report.ts';
import { type CausalLevel, checkCausal } from './causal.ts';
import { checkSequential } from './sequential.ts';
import type { SessionGuarantee } from './session-order.ts';
import { checkSessions, type SessionViolation } from './sessions.ts';
import type { Violation } from './violation.ts';

/** Of an order, the last so many operations are told. */
const OPERATIONS_TOLD = 8;

export const sequentialChecker: Checker = {
  name: 'sequential',
  summary: 'sequentially consistent: registers by key, read, write and cas',
  check(history, options) {
    const calls = history as History<Call>;
    const result = checkSequential(calls, casRegister(initialOf(options)), options);
    if (result.verdict === 'unknown') {
      return report('sequential', history, 'unknown', [`the ${result.exhausted} of the budget ended`], result);
    }
    const indices = (operations: readonly Operation[]) => operations.map(({ index }) => index);
    if (result.verdict === 'ok') return report('sequential', history, 'ok', [], { order: indices(result.order) });
    const { order, blocked } = result;
    const last = order.slice(-OPERATIONS_TOLD).map(described).join(', ') || 'nothing';
    const stuck = blocked.map((operation) => `stuck: ${described(operation)}`);
    const lines = [`an order of ${order.length} operations was found, no longer one: … ${last}`, ...stuck];
    return report('sequential', history, 'illegal', lines, { order: indices(order), blocked: indices(blocked) });
  },
};

export function causalChecker(name: string, summary: string, level: CausalLevel): Checker {
  return {
    name,
    summary,
    check(history, options) {
      const { verdict, violations } = checkCausal(history as History<Call>, { level, ...initialOf(options) });
      return report(name, history, verdict, violations.map(worded), { level, violations: violations.map(plain) });
    },
  };
}

export function sessionChecker(name: string, summary: string, guarantees: readonly SessionGuarantee[]): Checker {
  return {
    name,
    summary,
    check(history, options) {
      const { verdict, violations } = checkSessions(history as History<Call>, { guarantees, ...initialOf(options) });
      const lines = violations.map((violation) => `${broken(violation)}: ${worded(violation)}`);
      const data = violations.map((violation) => ({ ...plain(violation), guarantees: violation.guarantees }));
      return report(name, history, verdict, lines, { guarantees, violations: data });
    },
  };
}

function report(
  model: string,
  { operations }: History,
  verdict: Verdict,
  lines: readonly string[],
  found: Readonly<Record<string, unknown>>,
): CheckReport {
  const processes = new Set(operations.map(({ process }) => process)).size;
  const summary = `${verdict}: ${operations.length} operations by ${processes} processes, model ${model}`;
  return {
    verdict,
    lines: [summary, ...lines],
    data: { ...found, verdict, model, operations: operations.length, processes },
  };
}

function initialOf(options: CheckerOptions): { readonly initial?: unknown } {
  return 'initial' in options ? { initial: options.initial } : {};
}

function worded({ name, explanation }: Violation<string>): string {
  return `${name}: ${explanation}`;
}

function broken({ guarantees }: SessionViolation): string {
  return guarantees.join(' with ') || 'any store';
}

function plain({ name, operations, because, explanation }: Violation<string>): Readonly<Record<string, unknown>> {
  return { name, operations: operations.map(({ index }) => index), because, explanation };
}

function described({ process, input, output }: Operation<Call>): string {
  const at = input.key === undefined ? '' : `${input.key}: `;
  return `${process} ${at}${describeCall(input, output)}`;
}
