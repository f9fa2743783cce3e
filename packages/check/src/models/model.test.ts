import { expect, test } from 'vitest';
import { assertModel, ILLEGAL } from './model.ts';

const model = { name: 'm', init: () => 0, step: () => ILLEGAL };

test('a model is a name, a first state and steps', () => {
  expect(() => assertModel(model)).not.toThrow();
});

test.each<[unknown, string]>([
  [undefined, 'Expected a model to be an object, got undefined.'],
  [null, 'Expected a model to be an object, got null.'],
  [() => model, 'Expected a model to be an object, got function.'],
  [{ ...model, name: 3 }, "Expected a model's name to be a string, got number."],
  [{ ...model, step: 'no' }, 'Expected step of model m to be a function, got string.'],
  [{ ...model, partition: 'key' }, 'Expected partition of model m to be a function or to be left out, got string.'],
])('what is none is refused: %o', (value, message) => {
  expect(() => assertModel(value)).toThrow(expect.objectContaining({ code: 'TROUPE_MODEL_INVALID', message }));
});
