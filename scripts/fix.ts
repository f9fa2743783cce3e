/** `npm run fix`: writes what a machine can mend: formatting, safe lint fixes, and the documents made from sources. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { currentErrorDocs } from './checks.ts';
import { ERROR_DOCS_PATH } from './error-codes.ts';
import { runTool } from './run-tool.ts';
import { ROOT } from './workspace.ts';

const path = join(ROOT, ERROR_DOCS_PATH);
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, await currentErrorDocs());
if (!(await runTool(['biome', 'check', '--write', '.']))) process.exitCode = 1;
