import { describe, expect, it } from 'vitest';
import { MessageQueue } from './message-queue.ts';

describe('a queue of messages', () => {
  it('behaves as an array, for every short run of its operations', () => {
    const OPERATIONS = ['push', 'unshift', 'shift', 'removeFirst', 'removeMiddle', 'removeLast', 'replace'] as const;
    const LENGTH = 5;
    for (let run = 0; run < OPERATIONS.length ** LENGTH; run++) {
      const queue = new MessageQueue();
      const model: number[] = [];
      // Some to begin with, so that what is removed is there.
      for (let n = 0; n < 3; n++) {
        queue.push(n, n, undefined);
        model.push(n);
      }
      for (let step = 0, rest = run; step < LENGTH; step++, rest = Math.floor(rest / OPERATIONS.length))
        apply(OPERATIONS[rest % OPERATIONS.length] as string, queue, model, 10 + step);
      expect(contents(queue)).toEqual(model);
    }
  });

  it('grows, wraps around, and gives its memory back when a flood has passed', () => {
    const queue = new MessageQueue();
    const model: number[] = [];
    for (let round = 0; round < 50; round++) {
      for (let n = 0; n < 97; n++) {
        queue.push(n, n, undefined);
        model.push(n);
      }
      for (let n = 0; n < 61; n++) {
        queue.shift();
        expect(queue.payload).toBe(model.shift());
      }
    }
    expect(contents(queue)).toEqual(model);
    while (queue.size > 0) queue.shift();
    queue.push(1, 'after the flood', undefined);
    queue.shift();
    expect(queue.payload).toBe('after the flood');
  });
});

function apply(operation: string, queue: MessageQueue, model: number[], value: number): void {
  const last = model.length - 1;
  const remove = (at: number): void => {
    if (at < 0 || at > last) return;
    queue.removeAt(at);
    expect([queue.kind, queue.payload]).toEqual([model[at], model[at]]);
    model.splice(at, 1);
  };
  if (operation === 'push') {
    queue.push(value, value, undefined);
    model.push(value);
  } else if (operation === 'unshift') {
    queue.unshift(value, value, undefined);
    model.unshift(value);
  } else if (operation === 'shift') {
    if (last < 0) return;
    queue.shift();
    expect(queue.payload).toBe(model.shift());
  } else if (operation === 'removeFirst') remove(0);
  else if (operation === 'removeMiddle') remove(last >> 1);
  else if (operation === 'removeLast') remove(last);
  else if (last >= 0) {
    queue.replaceAt(last, value, value, undefined);
    model[last] = value;
  }
}

function contents(queue: MessageQueue): unknown[] {
  return Array.from({ length: queue.size }, (_, at) => {
    expect(queue.kindAt(at)).toBe(queue.payloadAt(at));
    return queue.payloadAt(at);
  });
}
