/** Changes members, hands leadership over, has log snapshots taken and spreads rumours, as long as there are faults. */
import type { NodeId } from '@troupe/protocol';
import {
  type Configuration,
  isJoint,
  type MembershipChange,
  membersOf,
  type NodeChange,
  type Raft,
} from '@troupe/raft';
import { Asker } from './asker.ts';

export class Operator extends Asker {
  start(): void {
    this.#later();
  }

  #later(): void {
    this.world.after(1 + this.world.choose('operator waits', this.usage.pace.operatorPauseMax), () => this.#next());
  }

  protected override givenUp(): void {
    this.#later();
  }

  #next(): void {
    if (this.world.now >= this.usage.endsAt) return;
    const { nodes } = this.world;
    switch (this.world.choose('operator does', 8)) {
      case 1:
      case 2:
      case 3:
      case 4:
        return this.#changeMembers();
      case 5: {
        const to = this.world.choose('hand over to', nodes.length + 1);
        return this.#ask({ kind: 'transfer-leadership', to: to === 0 ? null : (nodes[to - 1] as NodeId) });
      }
      case 6:
        this.goElsewhere();
        return this.#ask({ kind: 'take-snapshot' });
      case 7:
        this.#spreadRumour();
        return this.#later();
      default:
        return this.#later();
    }
  }

  #changeMembers(): void {
    this.ask(
      { kind: 'status' },
      (reply) => {
        if (reply.kind !== 'status') return false;
        // One who has never heard of a cluster can't say who is in it.
        if (membersOf(reply.status.configuration).length === 0) return false;
        this.#ask({ kind: 'change-membership', change: this.#change(reply.status.configuration) });
        return true;
      },
      3,
    );
  }

  /** Some members hear that another has ended: true or not, it does no harm. */
  #spreadRumour(): void {
    const { world } = this;
    const { nodes } = world;
    const member = nodes[world.choose('has ended', nodes.length)] as NodeId;
    for (const node of nodes)
      if (world.choose('hears of it', 4) !== 1) world.request(node, { kind: 'member-ended', member }, () => {});
  }

  /** Once done, or refused for good, there is something else to do. */
  #ask(request: Raft['Request']): void {
    this.ask(
      request,
      () => {
        this.#later();
        return true;
      },
      3,
    );
  }

  #change(configuration: Configuration): MembershipChange {
    const { world } = this;
    if (isJoint(configuration)) return { kind: 'leave-joint' };
    const change = this.#nodeChange(configuration);
    if (world.choose('joint', 2) === 0) return { kind: 'simple', change };
    const changes = [change];
    for (let more = world.choose('more changes', 3); more > 0; more--) {
      const other = this.#nodeChange(configuration);
      if (changes.every(({ node }) => node !== other.node)) changes.push(other);
    }
    return { kind: 'joint', changes, autoLeave: world.choose('leave by hand', 4) !== 1 };
  }

  #nodeChange({ voters, learners }: Configuration): NodeChange {
    const { world, usage } = this;
    const node = world.nodes[world.choose('change', world.nodes.length)] as NodeId;
    if (node === usage.witness) return { kind: voters.includes(node) ? 'remove' : 'add-witness', node };
    if (voters.includes(node)) return { kind: world.choose('demote', 3) === 1 ? 'add-learner' : 'remove', node };
    if (learners.includes(node)) return { kind: world.choose('promote', 4) === 1 ? 'remove' : 'add-voter', node };
    return { kind: world.choose('add as', 2) === 1 ? 'add-learner' : 'add-voter', node };
  }
}
