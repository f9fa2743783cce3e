/**
 * Bounded mailboxes: their capacity, and what becomes of a message that finds one full. Each kind may have its own rule.
 *
 * Control messages (stop, exit, down, replies) have a lane of their own and are never dropped.
 */

import { TroupeError } from '@troupe/protocol';

/**
 * - `block`: the message is taken, and the sending actor takes no next message until there is room.
 * - `drop-newest`: the arriving message goes to the dead letters. - `drop-oldest`: the oldest of its kind does,
 *   or else the oldest whose own rule lets it be dropped; with none, the arriving one.
 * - `fail`: `tell` throws TROUPE_MAILBOX_FULL at a local sender; a remote one's message goes to the dead letters.
 * - `coalesce`: it takes the place, in the queue, of a waiting message of the same kind and key; with none, as `drop-oldest`.
 *
 * An ask is never dropped in silence: it rejects with TROUPE_MAILBOX_FULL.
 */
export type OverflowRule = 'block' | 'drop-newest' | 'drop-oldest' | 'fail' | 'coalesce';

export interface KindOptions {
  readonly overflow?: OverflowRule;
  /** For `coalesce`: which messages stand in for one another. Default: all of the kind. Must not throw. */
  readonly key?: (payload: never) => unknown;
}

export interface MailboxOptions<Kind extends string = string> {
  /** Messages. Default 16,384. */
  readonly capacity?: number;
  /** The rule of kinds that name none. Default `block`. */
  readonly overflow?: OverflowRule;
  readonly kinds?: { readonly [K in Kind]?: KindOptions };
}

export const MAILBOX_DEFAULTS = { capacity: 16_384, overflow: 'block' } as const satisfies MailboxOptions;

/** A mailbox's rules, with one entry a kind, in the order of the definition's kinds. */
export interface MailboxPolicy {
  readonly capacity: number;
  readonly rules: readonly OverflowRule[];
  readonly keys: readonly (((payload: never) => unknown) | undefined)[];
}

const RULES: ReadonlySet<string> = new Set(['block', 'drop-newest', 'drop-oldest', 'fail', 'coalesce']);

/** @throws TROUPE_OPTION_INVALID */
export function mailboxPolicy(
  kinds: readonly string[],
  options: MailboxOptions = {},
  base?: MailboxOptions,
): MailboxPolicy {
  mustBeObject('mailbox', options);
  mustHaveOnly('mailbox', options, ['capacity', 'overflow', 'kinds']);
  const capacity = options.capacity ?? base?.capacity ?? MAILBOX_DEFAULTS.capacity;
  if (!Number.isInteger(capacity) || capacity < 1)
    throw optionInvalid('mailbox.capacity', 'a positive integer', capacity);
  const overflow = options.overflow ?? base?.overflow ?? MAILBOX_DEFAULTS.overflow;
  checkRule('mailbox.overflow', overflow);
  if (options.kinds !== undefined) mustBeObject('mailbox.kinds', options.kinds);
  const perKind: MailboxOptions['kinds'] = { ...base?.kinds, ...options.kinds };
  for (const kind of Object.keys(perKind)) {
    mustBeObject(`mailbox.kinds.${kind}`, perKind[kind]);
    if (!kinds.includes(kind))
      throw optionInvalid(`mailbox.kinds.${kind}`, `one of the handlers ${kinds.join(', ')}`, kind);
    mustHaveOnly(`mailbox.kinds.${kind}`, perKind[kind] as KindOptions, ['overflow', 'key']);
  }
  return {
    capacity,
    rules: kinds.map((kind) => {
      const rule = perKind[kind]?.overflow ?? (perKind[kind]?.key === undefined ? overflow : 'coalesce');
      checkRule(`mailbox.kinds.${kind}.overflow`, rule);
      const key: unknown = perKind[kind]?.key;
      if (key !== undefined && typeof key !== 'function')
        throw optionInvalid(`mailbox.kinds.${kind}.key`, 'a function of the payload', key);
      return rule;
    }),
    keys: kinds.map((kind) => perKind[kind]?.key),
  };
}

function checkRule(option: string, rule: string): void {
  if (!RULES.has(rule)) throw optionInvalid(option, `one of ${[...RULES].join(', ')}`, rule);
}

/** @throws TROUPE_OPTION_INVALID */
export function mustBeObject(option: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionInvalid(option, 'an object of options', value);
}

/** A misspelt option would be as if it had not been given. @throws TROUPE_OPTION_INVALID */
export function mustHaveOnly(what: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options))
    if (!known.includes(name)) throw optionInvalid(`the options of ${what}`, `among ${known.join(', ')}`, name);
}

/** A wrong option, refused where it is given. */
export function optionInvalid(option: string, expected: string, got: unknown): TroupeError {
  return new TroupeError('TROUPE_OPTION_INVALID', `Expected ${option} to be ${expected}, got ${described(got)}.`, {
    data: { option, expected },
  });
}

/** What came, in an error's words. */
export function described(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'string' ? `'${value}'` : typeof value === 'function' ? 'a function' : String(value);
}
