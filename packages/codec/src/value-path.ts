/**
 * Where a walk stands inside a value. Only nested containers pay for it: a walker writes the key of a part here before it
 * goes down, and text is made only when something is refused.
 */

/** A part that no key names: a member of a Set, a key of a Map. */
export class PathNote {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type PathStep = string | number | PathNote;

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;
const KEY_SHOWN_MAX = 80;

export function formatPath(root: string, steps: readonly PathStep[]): string {
  let text = root;
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (typeof step !== 'string') text += step.text;
    else if (IDENTIFIER.test(step)) text += `.${step}`;
    else text += `[${JSON.stringify(step.slice(0, KEY_SHOWN_MAX))}]`;
  }
  return text;
}

/** Names a Map's entry in a path. */
export function entryNote(key: unknown, index: number): PathNote {
  if (typeof key === 'string') return new PathNote(`.get(${JSON.stringify(key.slice(0, KEY_SHOWN_MAX))})`);
  if (typeof key === 'number' || typeof key === 'boolean') return new PathNote(`.get(${key})`);
  return new PathNote(`.<value ${index}>`);
}
