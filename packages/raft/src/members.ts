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

/** It keeps no commands and has no machine. */
export function isSelfWitness(step: Step): boolean {
  return configurationOf(step).witnesses.includes(step.state.settings.self);
}
