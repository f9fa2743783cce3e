import { open } from 'node:fs/promises';

/** Makes durable what is in a file, or which names are in a directory. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
