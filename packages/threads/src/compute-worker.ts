/** What a thread of the compute pool does: loads a task's module, runs the task, and tells its outcome. */

import { types } from 'node:util';
import { failedWork, loadFailure, runWork, type WorkBytes, type WorkOrder } from '@troupe/actors';
import { becomeNodeThread, loadModule } from './node-thread.ts';

becomeNodeThread('compute');
process.setSourceMapsEnabled(true);

const inspector = { isProxy: types.isProxy };

export default async function work(order: WorkOrder): Promise<WorkBytes> {
  try {
    await loadModule(order.url);
    return await runWork(order, inspector);
  } catch (error) {
    return failedWork(loadFailure(order.url, error), inspector);
  }
}
