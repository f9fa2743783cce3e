export { LiveView, type LiveViewOptions, nodeLine } from './live-view.ts';
export { type Metered, NodeMeter, type NodeReading } from './node-meter.ts';
