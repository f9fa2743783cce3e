/** The configuration in force at a member, and its own place in it. */
import type { NodeId } from '@troupe/protocol';
import type { Configuration, Entry } from './entry.ts';
import type { Leadership, Step } from './state.ts';

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

/**
 * It keeps no commands, or has missed some as a witness, and so has no machine. Should it have become a voter of another kind
 * since, it still can't lead or answer, until a log snapshot has made it whole.
 */
export function isBlind(step: Step): boolean {
  const { volatile, settings } = step.state;
  return volatile.isBlind || configurationOf(step).witnesses.includes(settings.self);
}

/**
 * Whether a leader is on its way out: it hands over, or the configuration in force is without it. The latter is no reason to
 * take nothing more, but where a witness votes. 1. The leader's last entry reaches the witness alone; 2. the configuration
 * without it is committed, and it leaves; 3. the witness's log is longer than that of all who could lead.
 */
export function isLeaving(step: Step, { transfer }: Leadership): boolean {
  const configuration = configurationOf(step);
  return transfer !== null || (configuration.witnesses.length > 0 && !isVoter(configuration, step.state.settings.self));
}

/** A command as a witness gets it: its place in the log, and not what it says. */
export function isBlank({ kind, bytes }: Entry): boolean {
  return kind === 'command' && bytes === 0;
}
