/** Opens a volume, says so, and keeps it until it is killed. */

import { openVolume } from './open-volume.ts';

const [path, owner] = process.argv.slice(2) as [string, string];
const volume = await openVolume({ path, owner });
process.stdout.write(`${volume.stores()}\n`);
setInterval(() => {}, 60_000);
