/**
 * The configurations that a member may still need: the one it began from, and each that stands in its log after that. The
 * last counts, committed or not (Raft §6); where the log is truncated, the one before it counts again. A leaf.
 */
import { assertDefined } from '@troupe/protocol';
import type { Configuration, Entry, LogIndex } from './entry.ts';

export interface ConfigurationAt {
  /** 0 for the bootstrap configuration. */
  readonly index: LogIndex;
  readonly configuration: Configuration;
}

/** In order of index; never empty. */
export type Configurations = ConfigurationAt[];

export function createConfigurations(
  base: ConfigurationAt,
  entries: readonly Entry[],
  first: LogIndex,
): Configurations {
  const configurations = [base];
  configurationsAppended(configurations, entries, first);
  return configurations;
}

/** These entries stand in the log from `first` on. True where one of them is a configuration. */
export function configurationsAppended(
  configurations: Configurations,
  entries: readonly Entry[],
  first: LogIndex,
): boolean {
  const before = configurations.length;
  for (let at = 0; at < entries.length; at++) {
    const entry = entries[at] as Entry;
    if (entry.kind !== 'configuration') continue;
    configurations.push({ index: (first + at) as LogIndex, configuration: entry.data });
  }
  return configurations.length > before;
}

/** Entries from this index on are gone. True where one of them was a configuration. */
export function configurationsTruncated(configurations: Configurations, from: LogIndex): boolean {
  const before = configurations.length;
  while (configurations.length > 1 && latestOf(configurations).index >= from) configurations.pop();
  return configurations.length < before;
}

/** Forgets those that no truncation and no log snapshot can need: all before the last one that is committed. */
export function forgetBefore(configurations: Configurations, commitIndex: LogIndex): void {
  let committed = 0;
  while (committed + 1 < configurations.length && atPlace(configurations, committed + 1).index <= commitIndex)
    committed++;
  if (committed > 0) configurations.splice(0, committed);
}

export function latestOf(configurations: Configurations): ConfigurationAt {
  return atPlace(configurations, configurations.length - 1);
}

/** The one in force at this index. */
export function configurationAt(configurations: Configurations, index: LogIndex): ConfigurationAt {
  let place = configurations.length - 1;
  while (place > 0 && atPlace(configurations, place).index > index) place--;
  return atPlace(configurations, place);
}

function atPlace(configurations: Configurations, place: number): ConfigurationAt {
  return assertDefined(configurations[place], 'a configuration');
}
