/**
 * What an actor of the `big` workload does with a message, the same for every subject that runs in one JavaScript thread:
 * it answers pings, and after each pong pings an actor drawn at random, until it has sent its share.
 */
import type { Bench } from '../harness/outcome.ts';
import { Tally } from '../harness/tally.ts';
import { BIG_ACTORS } from './local.ts';

export type BigMessage =
  | { readonly type: 'start'; readonly pings: number }
  | { readonly type: 'ping'; readonly from: number }
  | { readonly type: 'pong'; readonly from: number };

export class BigPlayer {
  readonly #index: number;
  readonly #game: BigGame;
  #random: number;
  #left = 0;

  constructor(index: number, game: BigGame) {
    this.#index = index;
    this.#game = game;
    this.#random = seedOf(index);
  }

  receive(message: BigMessage): void {
    if (message.type === 'start') this.#left = message.pings;
    else this.#game.tally.handled++;
    if (message.type === 'ping') {
      this.#game.send(message.from, { type: 'pong', from: this.#index });
    } else if (this.#left === 0) {
      this.#game.finished();
    } else {
      this.#left--;
      this.#random = advance(this.#random);
      this.#game.send(pick(this.#random, BIG_ACTORS), { type: 'ping', from: this.#index });
    }
  }
}

/** The workload's run, given how a subject makes its actors and sends to them by index. */
export class BigGame implements Bench {
  readonly tally = new Tally();
  readonly send: (to: number, message: BigMessage) => void;
  #playing = 0;

  constructor(send: (to: number, message: BigMessage) => void) {
    this.send = send;
  }

  players(): readonly BigPlayer[] {
    return Array.from({ length: BIG_ACTORS }, (_, index) => new BigPlayer(index, this));
  }

  finished(): void {
    if (--this.#playing === 0) this.tally.end();
  }

  run(count: number) {
    const pings = Math.ceil(count / (2 * BIG_ACTORS));
    this.#playing = BIG_ACTORS;
    return this.tally.time(2 * BIG_ACTORS * pings, () => {
      for (let index = 0; index < BIG_ACTORS; index++) this.send(index, { type: 'start', pings });
    });
  }
}

const MULTIPLIER = 1_103_515_245;
const INCREMENT = 12_345;

function seedOf(actor: number): number {
  return actor * 7_919 + 1;
}

function advance(state: number): number {
  return (Math.imul(state, MULTIPLIER) + INCREMENT) & 0x7fff_ffff;
}

/** From the generator's better, upper bits. */
function pick(state: number, bound: number): number {
  return (state >>> 8) % bound;
}
