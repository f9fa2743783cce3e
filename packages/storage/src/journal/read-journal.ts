/**
 * What a journal has beyond the checkpoint.
 *
 * Its life appended one record at a time, and the next only after the last was durable. So a whole record says that all
 * before it were durable: where one of these is missing, the disk has lost it, and that is damage. Only after the last whole
 * record may be what is not: the append that was under way at the end, of which nobody was told. A last record that was
 * acknowledged and then damaged looks the same; nothing on a disk could tell the two apart.
 */

import type { JournalMark } from '../lmdb/record.ts';
import type { JournalBatch } from './batch-codec.ts';
import { JOURNAL_FILES, journalPath } from './journal.ts';
import { RECORDS_AT, readJournalFile, takeFile } from './journal-file.ts';
import { type JournalRecord, wholeRecords } from './journal-record.ts';

/** In words that go after "got". */
export class JournalDamage extends Error {}

/** Ends the life that may still append, in another thread of this process; then reads. @throws JournalDamage */
export function takeJournal(directory: string, mark: JournalMark): JournalBatch[] {
  return withoutMissing(() => {
    for (const file of JOURNAL_FILES) takeFile(journalPath(directory, mark.epoch, file));
    return readJournal(directory, mark);
  });
}

/** Batches after the checkpoint, in their order. @throws JournalDamage */
export function readJournal(directory: string, { epoch, sequence }: JournalMark): JournalBatch[] {
  const records: JournalRecord[] = [];
  for (const number of JOURNAL_FILES) {
    const path = journalPath(directory, epoch, number);
    const file = readJournalFile(path, epoch);
    if (typeof file === 'string') throw new JournalDamage(`in ${path} ${file}`);
    for (const record of wholeRecords(file.bytes, RECORDS_AT, file.life))
      if (record.last > sequence) records.push(record);
  }
  records.sort((a, b) => a.first - b.first);
  const batches: JournalBatch[] = [];
  let next = sequence + 1;
  for (const record of records) {
    if (record.first > next)
      throw new JournalDamage(
        `a journal without the batches ${next} to ${record.first - 1} of opening ${epoch}, though ${record.first} to ${record.last} are there`,
      );
    for (const batch of record.batches().slice(next - record.first)) batches.push(batch);
    next = record.last + 1;
  }
  return batches;
}

function withoutMissing<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, path } = error as { code?: string; path?: string };
    if (code === 'ENOENT') throw new JournalDamage(`no journal ${path}, which the volume refers to`);
    throw error;
  }
}
