/** `npm run bench`: measures Troupe beside its peers. `--help` says how; README.md says what each figure means. */
import { bench } from './harness/bench.ts';

process.exitCode = await bench(process.argv.slice(2));
