/** Which versions of Node can run a system. npm only warns of others, and what fails on them does not name the cause. */

import { threadError } from './errors.ts';

/** As in `engines` of the packages. */
const MAJOR_LEAST = 24;

export const isSupported = (version: string): boolean => Number.parseInt(version, 10) >= MAJOR_LEAST;

/** @throws TROUPE_NODE_VERSION */
export function mustBeSupported(version: string = process.versions.node): void {
  if (isSupported(version)) return;
  throw threadError(
    'TROUPE_NODE_VERSION',
    `Expected Node ${MAJOR_LEAST} or later, got ${version}. Install a newer one, or run the program with \`npx node@${MAJOR_LEAST} FILE\`.`,
    { version },
  );
}
