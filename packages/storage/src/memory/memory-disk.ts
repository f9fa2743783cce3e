/**
 * A disk in memory that crashes as real ones do: what was synced stays, and of what was written since a prefix, as a
 * chooser says. For simulations and tests; its volumes have the contract of all volumes, and faults on demand.
 */

import type { RestoreOptions, Volume } from '../store.ts';
import { foreignOwner, volumeExists, volumeMissing } from '../volume-errors.ts';
import { MemoryVolume } from './memory-volume.ts';
import { VolumeImage } from './volume-image.ts';

/** `full`: nothing more reaches the disk until there is room. `failed`: it is not known what has reached it. */
export type SyncFault = 'full' | 'failed';

export interface MemoryDiskOptions {
  /** Asked at the end of each sync. A promise holds the sync up; what is written meanwhile waits for the next. */
  readonly onSync?: () => SyncFault | undefined | Promise<SyncFault | undefined>;
}

export class MemoryDisk {
  private readonly onSync: NonNullable<MemoryDiskOptions['onSync']>;
  private readonly images = new Map<string, VolumeImage>();
  private readonly volumes = new Map<string, MemoryVolume>();

  constructor(options: MemoryDiskOptions = {}) {
    this.onSync = options.onSync ?? (() => undefined);
  }

  /** As `openVolume` does it for a directory. One that is open is taken over. */
  open(path: string, options: { readonly owner: string; readonly create?: boolean }): Volume {
    if (options.create === true) this.place(path, new VolumeImage(options.owner));
    const image = this.images.get(path);
    if (image === undefined) throw volumeMissing(path);
    if (image.owner !== options.owner) throw foreignOwner(path, options.owner, image.owner);
    this.volumes.get(path)?.end('TROUPE_STORAGE_REVOKED');
    const volume = new MemoryVolume(path, image, this.onSync, (target, copy) => this.place(target, copy));
    this.volumes.set(path, volume);
    return volume;
  }

  /** As `restoreVolume` does it for a directory. */
  restore({ backup, path, owner, newOwner = owner }: RestoreOptions): void {
    const image = this.images.get(backup);
    if (image === undefined) throw volumeMissing(backup);
    if (image.owner !== owner) throw foreignOwner(backup, owner, image.owner);
    this.place(path, image.copyDurable(newOwner));
  }

  /**
   * The machine stops. Every volume is of no more use, and its disk keeps what was synced and, of the later writes, the
   * first `choose('writes kept', n)`: 0 keeps none.
   */
  crash(choose: (label: string, n: number) => number): void {
    for (const volume of this.volumes.values()) volume.end('TROUPE_STORAGE_FAILED');
    this.volumes.clear();
    for (const image of this.images.values()) image.crash(choose);
  }

  private place(path: string, image: VolumeImage): void {
    if (this.images.has(path)) throw volumeExists(path);
    this.images.set(path, image);
  }
}
