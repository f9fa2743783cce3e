/** The configuration in force at a member, and its own place in it. */
import type { NodeId } from '@troupe/protocol';
import type { Configuration } from './entry.ts';
import type { Step } from './state.ts';

export function configurationOf({ state, rules }: Step): Configuration {
  const { configurations, commitIndex } = state.volatile;
  return rules.configurationInForce(configurations, commitIndex).configuration;
}

export function isVoter({ voters, outgoing }: Configuration, node: NodeId): boolean {
  return voters.includes(node) || outgoing.includes(node);
}

export function isMember(configuration: Configuration, node: NodeId): boolean {
  return isVoter(configuration, node) || configuration.learners.includes(node);
}

export function isSelfVoter(step: Step): boolean {
  return isVoter(configurationOf(step), step.state.settings.self);
}

/**
 * Whether this member may be needed as a leader: it votes in the configuration in force, or in the last one that is known to
 * be committed. 1. A leader appends a configuration without its own vote; 2. it falls before anyone else has that; 3. its
 * log is longer than that of the others, whose configuration needs its vote: nobody else can win.
 *
 * @paper Ongaro's thesis §4.2.2
 */
export function mayBeNeeded({ state }: Step): boolean {
  const { self } = state.settings;
  return state.volatile.configurations.some(({ configuration }) => isVoter(configuration, self));
}

/** It keeps no commands and has no machine. */
export function isSelfWitness(step: Step): boolean {
  return configurationOf(step).witnesses.includes(step.state.settings.self);
}
