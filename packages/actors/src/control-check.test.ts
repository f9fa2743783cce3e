import { describe, expect, it } from 'vitest';
import { chainFrom, isAnswerTo, wrongField } from './control-check.ts';
import { Interface } from './interface.ts';
import { mailboxPolicy } from './overflow.ts';

describe('a chain of askers from another node', () => {
  it('is taken as it is where it is addresses, and else is nobody', () => {
    expect(
      chainFrom([
        [1, 2],
        [0, 7],
      ]),
    ).toEqual([
      [1, 2],
      [0, 7],
    ]);
    for (const extra of [
      undefined,
      5,
      'x',
      [1],
      [[1]],
      [[1, 2, 3]],
      [[1, 0]],
      [[-1, 2]],
      [[1, 2 ** 32]],
      [[1, 2], null],
    ])
      expect(chainFrom(extra)).toEqual([]);
  });

  it('has a bound: the farthest are left out', () => {
    const chain = chainFrom(Array.from({ length: 1_000_000 }, (_, id) => [1, id + 1]));
    expect(chain).toHaveLength(1_024);
    expect(chain[0]).toEqual([1, 1]);
  });
});

describe('a control message', () => {
  it('is looked at field by field, and the first that is wrong is named', () => {
    const compute = { op: 'compute', id: 1, url: 'file:///x.ts', name: 'x', bytes: new Uint8Array(1), moved: [] };
    expect(wrongField(compute, 1)).toBeUndefined();
    for (const [field, value] of [
      ['id', '1'],
      ['url', undefined],
      ['name', 5],
      ['bytes', [1]],
      ['moved', [new Uint8Array(1)]],
      ['request', -1],
    ] as const)
      expect(wrongField({ ...compute, [field]: value }, 1)).toBe(field);
    for (const op of [undefined, 5, 'toString', '__proto__', 'answer']) expect(wrongField({ op }, 1)).toBe('op');
  });

  it('has an answer of its sort', () => {
    expect(isAnswerTo('describe-wait', { text: 'it waits', data: {} }, 1)).toBe(true);
    expect(isAnswerTo('describe-wait', { text: { toString: 1 }, data: {} }, 1)).toBe(false);
    expect(isAnswerTo('compute', { bytes: new Uint8Array(1), moved: [5] }, 1)).toBe(false);
    expect(isAnswerTo('watch-offers', [undefined], 1)).toBe(false);
    expect(isAnswerTo('room', { whatever: 1 }, 1)).toBe(true);
  });
});

describe('interfaces that other threads tell of', () => {
  it('are kept up to a bound, the newest; those of definitions here always', () => {
    const own = Interface.define('file:///own.ts#Own', ['a'], []);
    const first = Interface.of('file:///0.ts#Other', ['b'], []);
    expect(Interface.of('file:///0.ts#Other', ['b'], [])).toBe(first);
    for (let n = 1; n <= 4_096; n++) Interface.of(`file:///${n}.ts#Other`, ['b'], []);
    expect(Interface.find('file:///0.ts#Other')).toBeUndefined();
    expect(Interface.find('file:///4096.ts#Other')).toBeDefined();
    expect(Interface.of('file:///own.ts#Own', ['a'], [])).toBe(own);
  });

  it('give way to the definition that is loaded later, unless they say the same', () => {
    const same = Interface.of('file:///same.ts#Same', ['a', 'b'], [1]);
    expect(Interface.define('file:///same.ts#Same', ['a', 'b'], [1])).toBe(same);
    const lie = Interface.of('file:///lie.ts#Lie', ['a', 'b'], []);
    const truth = Interface.define('file:///lie.ts#Lie', ['a', 'b'], [1]);
    expect(truth).not.toBe(lie);
    expect(Interface.of('file:///lie.ts#Lie', ['a', 'b'], [1])).toBe(truth);
  });
});

it('a mailbox whose key is no function, as one that crossed threads, is refused', () => {
  expect(() => mailboxPolicy(['a'], { kinds: { a: { key: 5 as never } } })).toThrow(
    expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }),
  );
});
