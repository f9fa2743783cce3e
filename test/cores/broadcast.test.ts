import { describe, expect, it } from 'vitest';
import {
  created,
  type Delivered,
  disagreement,
  duplicates,
  missing,
  outOfFifo,
  outOfTotalOrder,
} from './deliveries.ts';
import {
  BestEffort,
  Causal,
  Fifo,
  LinkedUniform,
  Reliable,
  Sequenced,
  TotalOrder,
  Uniform,
} from './fixtures/stacks.ts';
import { type AnyTower, IDS, type Id, onEveryHost, stage } from './stage.ts';

interface Tower {
  readonly name: string;
  readonly definition: AnyTower;
  readonly options?: object;
  readonly isFifo?: true;
  readonly isTotal?: true;
  /** What a node delivers before it crashes, those that are left do. Without, only those that are left agree. */
  readonly isUniform?: true;
  /** Those that are left agree, and go on, whoever crashes. */
  readonly survives?: true;
  /** Messages among three members that one broadcast costs, its own copies included; where it is a fixed number. */
  readonly cost?: number;
}

const ELECTING = { periodTicks: 25 };

const TOWERS: readonly Tower[] = [
  { name: 'best-effort', definition: BestEffort, cost: 3 },
  { name: 'reliable', definition: Reliable, survives: true, cost: 9 },
  { name: 'uniform', definition: Uniform, survives: true, isUniform: true, cost: 9 },
  { name: 'uniform over perfect links', definition: LinkedUniform, survives: true, isUniform: true },
  { name: 'FIFO', definition: Fifo, isFifo: true, survives: true, cost: 9 },
  { name: 'causal', definition: Causal, isFifo: true, survives: true, cost: 9 },
  { name: 'sequenced', definition: Sequenced, isFifo: true, isTotal: true, cost: 4 },
  { name: 'total order', definition: TotalOrder, options: ELECTING, isTotal: true, isUniform: true, survives: true },
];

const WORDS = 200;
const broadcast = (word: string) => ({ kind: 'broadcast', message: word }) as never;

onEveryHost((host) => {
  for (const { name, definition, options, isFifo, isTotal, isUniform, survives, cost } of TOWERS) {
    describe(`${name} broadcast`, () => {
      it('delivers every word everywhere, once, in its order, for so many messages', async () => {
        await using group = await stage(host, definition, options);
        const said = new Set<string>();
        for (let word = 0; word < WORDS; word++) {
          for (const id of IDS) {
            said.add(`${id}:${word}`);
            group.member(id).tell.request(broadcast(`${id}:${word}`));
          }
        }
        await group.until(async () => (await group.recorder.ask.count()) >= IDS.length * said.size);
        const told = await group.told<Delivered>();
        expect(missing(told, IDS, said)).toEqual([]);
        expect(duplicates(told)).toEqual([]);
        expect(created(told, said)).toEqual([]);
        if (isFifo) expect(outOfFifo(told)).toEqual([]);
        if (isTotal) expect(outOfTotalOrder(told)).toEqual([]);
        if (cost !== undefined) expect(await group.sent()).toBe(cost * said.size);
        for (const id of IDS) {
          const { ignored, lost } = await group.member(id).ask.status();
          // What is said about a round that has been decided comes too late, and there is always some.
          const reasons = [...ignored.keys()].filter((reason) => reason !== 'a message for a key that is retired');
          expect({ reasons, lost }).toEqual({ reasons: [], lost: 0 });
        }
      });

      if (survives) {
        it.each(IDS)('goes on with those that are left when %s crashes, and they agree', async (victim) => {
          await using group = await stage(host, definition, options);
          const left = IDS.filter((id) => id !== victim);
          const said = new Set<string>();
          const say = (id: Id, word: number) => {
            said.add(`${id}:${word}`);
            group.member(id).tell.request(broadcast(`${id}:${word}`));
          };
          for (let word = 0; word < WORDS; word++) for (const id of IDS) say(id, word);
          // In the middle of it: some of its words are on their way, some not yet begun.
          await group.until(async () => (await group.recorder.ask.count()) >= WORDS / 4);
          await group.crash(victim);
          for (let word = WORDS; word < 2 * WORDS; word++) for (const id of left) say(id, word);
          const due = [...said].filter((word) => !word.startsWith(victim));
          await group.until(async () => missing(await group.told<Delivered>(), left, due).length === 0);
          // What comes last of the victim's is under way still, where there is no order: it comes or it does not, for both.
          await group.until(async () => {
            const told = await group.told<Delivered>();
            return disagreement(told, left, isUniform ? IDS : left).length === 0;
          });
          const told = await group.told<Delivered>();
          expect(told.get(victim)?.length ?? 0).toBeLessThan(said.size);
          expect(duplicates(told)).toEqual([]);
          expect(created(told, said)).toEqual([]);
          if (isFifo) expect(outOfFifo(told)).toEqual([]);
          if (isTotal) expect(outOfTotalOrder(told)).toEqual([]);
        });
      }
    });
  }
});
