/**
 * A diffusing computation (Dijkstra and Scholten, "Termination detection for diffusing computations", 1980): one node is given
 * work; whoever has work does a unit of it at a time, and gives away of the rest as it likes. A node without work gets none by
 * itself. So it has ended when nobody has work and none is under way, which nobody can see alone.
 */
import { type Core, type Effects, type NodeId, type Shape, type Ticks, ticks } from 'troupe/protocol';

export type Diffusion = Shape<{
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[]; readonly unitTicks: Ticks };
  State: DiffusionState;
  Message: Work;
  Timer: 'unit';
  Request: { readonly kind: 'begin'; readonly units: number };
  Reply: { readonly kind: 'begun' };
}>;

export interface DiffusionState {
  readonly others: readonly NodeId[];
  /** The longest that a unit takes. */
  readonly unitTicks: Ticks;
  /** It was given the work that all of it comes from. */
  hasBegun: boolean;
  left: number;
  done: number;
}

export interface Work {
  readonly kind: 'work';
  readonly units: number;
}

export const diffusion: Core<Diffusion> = {
  name: 'diffusion',
  init: ({ self, nodes, unitTicks }) => ({
    others: nodes.filter((node) => node !== self),
    unitTicks,
    hasBegun: false,
    left: 0,
    done: 0,
  }),
  step(state, event, out) {
    switch (event.kind) {
      case 'start':
        break;
      case 'request':
        state.hasBegun = true;
        take(state, event.request.units, out);
        out.reply(event.id, { kind: 'begun' });
        break;
      case 'message':
        if (event.message?.kind === 'work' && Number.isSafeInteger(event.message.units) && event.message.units > 0)
          take(state, event.message.units, out);
        else out.ignore('malformed');
        break;
      case 'timeout':
        onUnit(state, out);
        break;
    }
  },
};

function take(state: DiffusionState, units: number, out: Effects<Diffusion>): void {
  if (state.left === 0) goOn(state, out);
  state.left += units;
}

function onUnit(state: DiffusionState, out: Effects<Diffusion>): void {
  state.left--;
  state.done++;
  const units = out.choose('units given away', state.left + 1);
  if (units > 0) {
    state.left -= units;
    out.send(state.others[out.choose('to whom', state.others.length)] as NodeId, { kind: 'work', units });
  }
  if (state.left > 0) goOn(state, out);
}

function goOn(state: DiffusionState, out: Effects<Diffusion>): void {
  out.setTimer('unit', ticks(1 + out.choose('ticks of a unit', state.unitTicks)));
}
