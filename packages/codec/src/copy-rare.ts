/** The kinds of objects that are not plain and dense, each copied as it would arrive from another thread. */

import type { Copier } from './copier.ts';
import { addErrorProperty, newError, takeErrorApart } from './error-parts.ts';
import { Kind, NodeBuffer } from './kinds.ts';
import type { Moved, Shared } from './marks.ts';
import { checkSize, holes } from './rules.ts';
import { entryNote, PathNote } from './value-path.ts';

export function copyRare(copier: Copier, kind: Kind, value: object): object {
  if (kind === Kind.Shared) return (value as Shared<object>).value;
  if (kind === Kind.Moved) return copyMoved(copier, value as Moved);
  // Sparse arrays have been numbered already, before they were known to be sparse.
  if (kind === Kind.Array) return copySparse(copier, value as unknown[]);
  const before = copier.before(value);
  if (before !== undefined) return before;
  switch (kind) {
    case Kind.NullPrototype:
      return copyNullPrototype(copier, value);
    case Kind.Map:
      return copyMap(copier, value as Map<unknown, unknown>);
    case Kind.Set:
      return copySet(copier, value as Set<unknown>);
    case Kind.Date:
      copier.rules.bare(value, 'a Date');
      return copier.made(new Date((value as Date).getTime()));
    case Kind.RegExp:
      return copyRegExp(copier, value as RegExp);
    case Kind.ArrayBuffer:
      copier.rules.arrayBuffer(value as ArrayBuffer);
      copier.memory.note(value as ArrayBuffer, 0, (value as ArrayBuffer).byteLength);
      return copier.made((value as ArrayBuffer).slice(0));
    case Kind.View:
      return copyView(copier, value as ArrayBufferView);
    case Kind.NodeBuffer:
      return copyNodeBuffer(copier, value as Uint8Array);
    default:
      return copyError(copier, value as Error);
  }
}

/** Detached here as it would be across threads, and only when nothing in the value was refused. */
function copyMoved(copier: Copier, { buffer }: Moved): object {
  if (!copier.moving) copier.rules.movable(buffer);
  const before = copier.before(buffer);
  if (before !== undefined) return before;
  copier.memory.note(buffer, 0, buffer.byteLength);
  copier.movesMet++;
  return copier.made(copier.moving ? buffer.transfer() : buffer);
}

function copySparse(copier: Copier, value: readonly unknown[]): object {
  const copy = copier.made(holes(value.length));
  const level = copier.enter();
  for (const key of Object.keys(value)) {
    const index = Number(key);
    copier.steps[level] = index;
    copy[index] = copier.part(value[index]);
  }
  copier.depth = level;
  return copy;
}

const withoutPrototype = (value: object): object => Object.assign(Object.create(null) as object, value);

function copyNullPrototype(copier: Copier, value: object): object {
  const keys = copier.rules.plainKeys(value);
  return copier.fields(value, keys, copier.made(copier.shallow(value, withoutPrototype)));
}

function copyMap(copier: Copier, value: ReadonlyMap<unknown, unknown>): object {
  copier.rules.bare(value, 'a Map');
  const copy = copier.made(new Map<unknown, unknown>());
  const level = copier.enter();
  const { size } = value;
  let index = 0;
  for (const [key, member] of value) {
    copier.steps[level] = new PathNote(`.<key ${index}>`);
    const keyCopy = copier.part(key);
    copier.steps[level] = entryNote(key, index);
    copy.set(keyCopy, copier.part(member));
    index++;
  }
  copier.depth = level;
  checkSize(index, size);
  return copy;
}

function copySet(copier: Copier, value: ReadonlySet<unknown>): object {
  copier.rules.bare(value, 'a Set');
  const copy = copier.made(new Set<unknown>());
  const level = copier.enter();
  const { size } = value;
  let index = 0;
  for (const member of value) {
    copier.steps[level] = new PathNote(`.<member ${index++}>`);
    copy.add(copier.part(member));
  }
  copier.depth = level;
  checkSize(index, size);
  return copy;
}

function copyRegExp(copier: Copier, value: RegExp): object {
  copier.rules.bare(value, 'a RegExp', 1);
  const copy = copier.made(new RegExp(value.source, value.flags));
  const level = copier.enter();
  copier.steps[level] = 'lastIndex';
  copy.lastIndex = copier.part(value.lastIndex) as number;
  copier.depth = level;
  return copy;
}

function copyView(copier: Copier, value: ArrayBufferView): object {
  const { view, byteOffset, length } = copier.viewParts(value);
  const level = copier.enter();
  copier.steps[level] = 'buffer';
  const number = copier.reserve();
  const buffer = copier.part(value.buffer) as ArrayBuffer;
  copier.depth = level;
  return copier.fill(number, new view(buffer, byteOffset, length));
}

function copyNodeBuffer(copier: Copier, value: Uint8Array): object {
  copier.rules.nodeBuffer(value);
  copier.memory.note(value.buffer, value.byteOffset, value.byteOffset + value.length);
  const bytes = new Uint8Array(value).buffer;
  return copier.made(NodeBuffer === undefined ? new Uint8Array(bytes) : NodeBuffer.from(bytes));
}

function copyError(copier: Copier, value: Error): object {
  const parts = takeErrorApart(value);
  const copy = copier.made(newError(parts));
  const level = copier.enter();
  for (const { key, enumerable, value: member } of parts.properties) {
    copier.steps[level] = key;
    addErrorProperty(copy, key, enumerable, copier.part(member));
  }
  copier.depth = level;
  return copy;
}
