/**
 * The bytes: msgpack, with msgpackr's records (an object's shape is announced once in a stream, then named by one or two
 * bytes), and these extension types for what msgpack lacks. An extension's length covers all of it, so any msgpack reader
 * can skip it.
 */

export const Token = {
  Nil: 0xc0,
  False: 0xc2,
  True: 0xc3,
  Bin8: 0xc4,
  Bin16: 0xc5,
  Bin32: 0xc6,
  Ext8: 0xc7,
  Ext16: 0xc8,
  Ext32: 0xc9,
  Float32: 0xca,
  Float64: 0xcb,
  Uint8: 0xcc,
  Uint16: 0xcd,
  Uint32: 0xce,
  Uint64: 0xcf,
  Int8: 0xd0,
  Int16: 0xd1,
  Int32: 0xd2,
  Int64: 0xd3,
  FixExt1: 0xd4,
  FixExt2: 0xd5,
  FixExt4: 0xd6,
  Str8: 0xd9,
  Str16: 0xda,
  Str32: 0xdb,
  Array16: 0xdc,
  Array32: 0xdd,
  Map16: 0xde,
  Map32: 0xdf,
} as const;

/** Extension types. The first two are msgpackr's own. */
export const Ext = {
  Undefined: 0x00,
  Record: 0x72,
  NullPrototype: 0x01,
  SparseArray: 0x02,
  Map: 0x03,
  Set: 0x04,
  Date: 0x05,
  RegExp: 0x06,
  View: 0x07,
  NodeBuffer: 0x08,
  Error: 0x09,
  Reference: 0x0a,
  Moved: 0x0b,
  Utf16: 0x0c,
  BigInt: 0x0d,
  /** First in a frame in which some object occurs more than once: containers are numbered in order of appearance. */
  Graph: 0x0e,
  /** The container of that number. */
  Pointer: 0x0f,
  /** First in a frame: every shape announced before is forgotten. */
  Reset: 0x10,
} as const;

/** Shapes with numbers below this take one byte, the others two. */
export const ONE_BYTE_SHAPES = 32;
/** Shapes a stream announces; objects of further shapes are written as maps, keys and all. */
export const SHAPES_MAX = 1024;
/** Objects with more keys are dictionaries rather than records, and are written as maps. */
export const SHAPE_KEYS_MAX = 64;
/** Keys longer than this are data rather than names: their objects are written as maps. */
export const SHAPE_KEY_LENGTH_MAX = 128;
