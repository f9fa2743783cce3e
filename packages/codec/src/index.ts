export { Copier, type CopierOptions } from './copier.ts';
export { Decoder, type DecoderOptions } from './decoder.ts';
export { ENCODER_DEFAULTS, Encoder, type EncoderOptions } from './encoder.ts';
export { CODEC_ERRORS, type CodecErrorCode } from './errors.ts';
export { type InspectionUtil, type ReferenceHook, type ValueInspector, valueInspector } from './inspector.ts';
export { type Moved, move, type Shared, share } from './marks.ts';
export { DEPTH_MAX } from './rules.ts';
export type { Sendable } from './sendable.ts';
export { SHAPES_MAX } from './wire.ts';
