/** The shared-memory data plane: rings between nodes, their doorbells, and a node's loop over them. */
export {
  ASLEEP,
  AWAKE,
  createDoorbellMemory,
  DOORBELL_SLOTS_MAX,
  Doorbell,
  type NodeActivity,
  VACANT,
} from './doorbell.ts';
export { RING_ERRORS } from './errors.ts';
export { FlushQueue } from './flush-queue.ts';
export {
  type FrameDecoder,
  type FrameEncoder,
  type FrameSink,
  FULL,
  HELD,
  LEAVE,
  REFUSALS,
  type Refusal,
  SENT,
  TAKEN,
  type Verdict,
  type WriteResult,
} from './frame.ts';
export {
  createRingMemory,
  RING_BYTES_DEFAULT,
  type RingLedger,
  type RingMemory,
  type RingMemoryOptions,
  readLedger,
} from './memory.ts';
export {
  type OutOfBandItem,
  type OutOfBandReceiver,
  type OutOfBandSender,
  PortReceiver,
  PortSender,
} from './out-of-band.ts';
export { PUMP_DEFAULTS, Pump, type PumpCounters, type PumpOptions, type PumpScheduler } from './pump.ts';
export { RingReader, type RingReaderCounters, type RingReaderOptions } from './reader.ts';
export { RingWriter, type RingWriterCounters, type RingWriterOptions, WRITER_DEFAULTS } from './writer.ts';
