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
 * It keeps no commands, or has not kept them. 1. n5 is a witness, and is removed; 2. by the configuration in its own log it
 * is none any more, and learns that more is committed. What it has is still not enough for a machine.
 */
export function isSelfWitness(step: Step): boolean {
  const { volatile, settings } = step.state;
  return volatile.isBlind || configurationOf(step).witnesses.includes(settings.self);
}
