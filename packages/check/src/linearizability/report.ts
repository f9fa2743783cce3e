/** What `checkLinearizability` found, in words and as plain data. */
import type { History } from '../history/history.ts';
import type { Model } from '../models/model.ts';
import type { CheckReport } from '../report.ts';
import { described, describedState } from '../show/described.ts';
import { asJson } from '../show/json.ts';
import { linearizabilityPage } from '../show/page.ts';
import type { LinearizabilityResult, Linearization, PartitionResult } from './linearizability.ts';

/** Of an order, the last so many operations are told. */
const OPERATIONS_TOLD = 8;

export function reportLinearizability<State, Input, Output>(
  history: History<Input, Output>,
  model: Model<State, Input, Output>,
  result: LinearizabilityResult<State, Input, Output>,
): CheckReport {
  const { verdict, partitions, configurations } = result;
  const failed = history.operations.filter(({ outcome }) => outcome === 'fail').length;
  const pending = history.operations.filter(({ outcome }) => outcome === 'info').length;
  const processes = new Set(history.operations.map(({ process }) => process)).size;
  const summary = `${verdict}: ${count(history.operations.length, 'operation')} (${failed} failed, ${pending} pending) by ${count(processes, 'process', 'processes')}, ${count(partitions.length, 'object')} searched, model ${model.name}, ${count(configurations, 'configuration')}`;
  return {
    verdict,
    lines: [summary, ...partitions.flatMap((part) => told(part, model))],
    data: {
      verdict,
      model: model.name,
      operations: history.operations.length,
      failed,
      pending,
      processes,
      configurations,
      partitions: partitions.map((part) => plain(part, model)),
    },
    html: () => linearizabilityPage(model, result),
  };
}

function told<State, Input, Output>(
  part: PartitionResult<State, Input, Output>,
  model: Model<State, Input, Output>,
): string[] {
  if (part.verdict === 'ok') return [];
  const name = part.key === undefined || part.key === '' ? 'the object' : `object ${JSON.stringify(part.key)}`;
  const reach = `${name}: events before ${part.prefixEnd} are linearizable, ${count(part.partial.length, 'way')} kept:`;
  const ways = part.partial.map((way) => `  ${toldWay(way, model)}`);
  if (part.verdict === 'unknown')
    return [
      `${name}: the ${part.exhausted} of the budget ended after ${count(part.configurations, 'configuration')}`,
      reach,
      ...ways,
    ];
  const { culprit } = part;
  return [
    `${name}: no order explains operation ${culprit.index} of process ${culprit.process}: ${described(culprit, model)} (events ${culprit.invoked} to ${culprit.completed})`,
    reach,
    ...ways,
  ];
}

function toldWay<State, Input, Output>(
  { operations, state }: Linearization<State, Input, Output>,
  model: Model<State, Input, Output>,
): string {
  const last = operations.slice(-OPERATIONS_TOLD).map((operation) => described(operation, model));
  const earlier = operations.length - last.length;
  const all = [...(earlier === 0 ? [] : [`(${earlier} before)`]), ...last];
  return `${all.join(', ') || 'nothing'} ⇒ ${describedState(state, model)}`;
}

function plain<State, Input, Output>(
  part: PartitionResult<State, Input, Output>,
  model: Model<State, Input, Output>,
): Readonly<Record<string, unknown>> {
  const { key, verdict, operations, configurations } = part;
  const common = { ...(key === undefined ? {} : { key }), verdict, operations: operations.length, configurations };
  if (part.verdict === 'ok') return common;
  const ways = part.partial.map(({ operations: order, state }) => ({
    order: order.map(({ index }) => index),
    state: describedState(state, model),
  }));
  const prefix = { prefixEnd: part.prefixEnd, partial: ways };
  if (part.verdict === 'unknown') return { ...common, exhausted: part.exhausted, ...prefix };
  const { index, process, input, output, invoked, completed } = part.culprit;
  return {
    ...common,
    culprit: { index, process, input: asJson(input), output: asJson(output), invoked, completed },
    ...prefix,
  };
}

function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
