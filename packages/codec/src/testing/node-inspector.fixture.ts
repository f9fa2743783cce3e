/** The inspector of a production host. */

import { inspect, types } from 'node:util';
import { type ValueInspector, valueInspector } from '../inspector.ts';

export const nodeInspector: ValueInspector = valueInspector({ inspect, types });
