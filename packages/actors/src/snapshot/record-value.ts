/** Records of a snapshot that a program has made itself, of another say: for those that nodes have recorded there are some. */

import type { ValueInspector } from '@troupe/codec';
import { optionInvalid } from '../overflow.ts';
import { UNKNOWN } from '../ref-table.ts';
import { CHILD_DEFAULTS } from '../supervision/policy.ts';
import { type FlightRecord, sparse } from './actor-record.ts';
import { mustBeSnapshot } from './check-snapshot.ts';
import { type Piece, RecordWriter } from './record-writer.ts';
import { RecordedAddresses } from './recorded-refs.ts';
import { originOf, type RecordedNode, type RecordedSnapshot, snapshotOf } from './recorded-snapshot.ts';
import { ANSWERS, DATA } from './snapshot-control.ts';
import type { SystemSnapshot } from './system-snapshot.ts';

/** @throws TROUPE_SNAPSHOT_INVALID, TROUPE_VALUE_REFUSED */
export function recordedOf(snapshot: SystemSnapshot, inspector: ValueInspector): RecordedSnapshot {
  return originOf(snapshot) ?? recordValue(mustBeSnapshot(snapshot), inspector);
}

function recordValue(snapshot: SystemSnapshot, inspector: ValueInspector): RecordedSnapshot {
  const { kind, version, id, takenAt, nodes, definitions, actors, channels } = snapshot;
  const names = nodes.map(({ name }) => name);
  const references = new RecordedAddresses(names, definitions);
  const numbers = new Map(definitions.map(({ key }, number) => [key, number]));
  const record = (node: string): readonly Piece[] => {
    const pieces: Piece[] = [];
    const writer = new RecordWriter(inspector, references);
    writer.begin(Number.POSITIVE_INFINITY, (piece) => pieces.push(piece));
    for (const actor of actors)
      if (actor.node === node) writer.write(sparse(actor, numbers.get(actor.definition) as number, CHILD_DEFAULTS));
    for (const { from, to, lane, messages } of channels)
      if (to === node)
        for (const message of messages) {
          const flight: FlightRecord = [names.indexOf(from), lane === 'messages' ? DATA : ANSWERS, message];
          writer.write(flight);
        }
    writer.flush();
    return pieces;
  };
  const parts = nodes.map(({ name, lastId }): RecordedNode => ({ name, lastId, definitions, pieces: record(name) }));
  return { kind, version, id, takenAt, names, root: 0, policy: CHILD_DEFAULTS, nodes: parts };
}

/**
 * The same with definitions that stand elsewhere now: their modules have moved, or it is restored on another machine.
 *
 * @param moved the URL of a module now, for each that was
 * @throws TROUPE_SNAPSHOT_INVALID, TROUPE_VALUE_REFUSED, TROUPE_OPTION_INVALID
 */
export function relocated(
  snapshot: SystemSnapshot,
  moved: (url: string) => string,
  inspector: ValueInspector,
): SystemSnapshot {
  if (typeof moved !== 'function')
    throw optionInvalid('moved', 'a function from the URL of a module to another', moved);
  const recorded = recordedOf(snapshot, inspector);
  const keyNow = (key: string): string => {
    if (key === UNKNOWN.key) return key;
    const at = key.lastIndexOf('#');
    const url: unknown = moved(key.slice(0, at));
    if (typeof url !== 'string') throw optionInvalid(`what moved gives for ${key.slice(0, at)}`, 'a URL', url);
    return url + key.slice(at);
  };
  const nodes = recorded.nodes.map((node): RecordedNode => {
    const definitions = node.definitions.map((definition) => ({ ...definition, key: keyNow(definition.key) }));
    return { ...node, definitions };
  });
  return snapshotOf({ ...recorded, nodes });
}
