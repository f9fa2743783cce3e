/**
 * The dead letters of all nodes, as the program reads them: the newest of each node, told to subscribers, replayed on request.
 *
 * It lives on the home node, so a node's letters stay when the node ends.
 */

import { type DeadLetter, REASONS, type SentLetter } from './dead-letter.ts';
import type { Kernel } from './kernel.ts';
import { payloadSize } from './payload-size.ts';
import { type ActorRef, isRef, type Ref } from './ref.ts';

/** Letters kept of each node; older ones are only counted. */
export const KEPT = 1_000;
/** About how many bytes of letters are kept of each node; of more the oldest are only counted. */
export const KEPT_BYTES_MAX = 1 << 26;

interface Kept extends DeadLetter {
  readonly kindIndex: number;
  /** Not before any older letter of its node, whatever the wall clock did in between. */
  readonly order: number;
  readonly size: number;
}

export class DeadLetterList {
  private readonly kernel: Kernel;
  /** By node; at most twice as many as are kept. */
  private readonly byNode = new Map<number, Kept[]>();
  private readonly bytes = new Map<number, number>();
  private readonly listeners = new Set<(letter: DeadLetter) => void>();
  /** Letters that ever stood in this list. */
  listed = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** The newest 1,000 of each node, oldest first. */
  all(): readonly DeadLetter[] {
    return this.kept();
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: (letter: DeadLetter) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @see DeadLetterView.replay */
  replay(select: (letter: DeadLetter) => boolean, to: Ref<unknown> | undefined): number {
    const chosen = new Set(this.kept().filter(select));
    for (const [node, letters] of this.byNode) {
      const left = letters.slice(-KEPT).filter((letter) => !chosen.has(letter));
      this.byNode.set(node, left);
      this.bytes.set(
        node,
        left.reduce((sum, { size }) => sum + size, 0),
      );
    }
    for (const letter of chosen) {
      const target = (to ?? letter.target) as unknown as ActorRef;
      const kind = to === undefined ? letter.kindIndex : target.interface.kinds.indexOf(letter.kind);
      if (kind < 0) this.kernel.deadLetters.add(target, letter.kindIndex, letter.payload, letter.reason);
      else this.kernel.tellAgain(target, kind, letter.payload);
    }
    return chosen.size;
  }

  /** Letters of another node: its word. */
  addFrom(node: number, letters: unknown): void {
    if (!Array.isArray(letters)) return;
    for (const letter of letters) if (isLetter(letter)) this.add(node, letter);
  }

  add(node: number, { target, kind, payload, reason, sender, at }: SentLetter): void {
    let letters = this.byNode.get(node);
    if (letters === undefined) this.byNode.set(node, (letters = []));
    const letter: Kept = {
      target: target as unknown as Ref<unknown>,
      kind: target.interface.kinds[kind] ?? 'signal',
      payload,
      reason,
      sender: sender as unknown as Ref<unknown> | undefined,
      node: this.kernel.nodeName(node),
      at,
      kindIndex: kind,
      order: Math.max(at, letters.at(-1)?.order ?? 0),
      size: payloadSize(payload, KEPT_BYTES_MAX),
    };
    this.listed++;
    if (letters.push(letter) >= 2 * KEPT) this.forget(node, letters, KEPT);
    let bytes = (this.bytes.get(node) ?? 0) + letter.size;
    this.bytes.set(node, bytes);
    let forgotten = 0;
    for (; bytes > KEPT_BYTES_MAX && forgotten < letters.length - 1; forgotten++)
      bytes -= letters[forgotten]?.size ?? 0;
    if (forgotten > 0)
      this.forget(node, letters, Math.min(Math.max(forgotten, letters.length >> 4), letters.length - 1));
    for (const listener of this.listeners) {
      try {
        listener(letter);
      } catch (error) {
        this.kernel.host.log.error({ err: error }, 'a listener for dead letters threw');
      }
    }
  }

  private forget(node: number, letters: Kept[], oldest: number): void {
    let bytes = this.bytes.get(node) ?? 0;
    for (const { size } of letters.splice(0, oldest)) bytes -= size;
    this.bytes.set(node, bytes);
  }

  private kept(): Kept[] {
    return [...this.byNode.values()].flatMap((letters) => letters.slice(-KEPT)).sort((a, b) => a.order - b.order);
  }
}

function isLetter(letter: Partial<SentLetter> | null): letter is SentLetter {
  return (
    typeof letter === 'object' &&
    letter !== null &&
    isRef(letter.target) &&
    Number.isInteger(letter.kind) &&
    typeof letter.reason === 'string' &&
    Object.hasOwn(REASONS, letter.reason) &&
    (letter.sender === undefined || isRef(letter.sender)) &&
    Number.isFinite(letter.at)
  );
}
