/**
 * Unary gRPC calls over one HTTP/2 connection, and no more of either than etcd's KV service needs. Client and etcd share
 * the machine: of the ways to call etcd from Node, this one leaves etcd the most of it.
 *
 * Requests stay small: what is outstanding has to fit into the 64 KiB that HTTP/2 grants from the start.
 */
import { connect } from 'node:net';

export type Method = 'Put' | 'Range';

export interface Rpc {
  /** Resolves with the reply's message. Rejects where etcd refuses, or where the connection is lost. */
  call(method: Method, message: Buffer): Promise<Buffer>;
  close(): void;
}

interface Call {
  readonly resolve: (message: Buffer) => void;
  readonly reject: (error: Error) => void;
  body: Buffer | undefined;
}

const DATA = 0;
const HEADERS = 1;
const RESET_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GO_AWAY = 7;
const WINDOW_UPDATE = 8;
const ACKNOWLEDGED = 1;
const END_STREAM = 1;
const END_HEADERS = 4;

const FRAME_HEADER_BYTES = 9;
/** Before each gRPC message: whether it is compressed, and its length. */
const PREFIX_BYTES = 5;
const HOST = '127.0.0.1';
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** A table of headers of size 0: replies then need no memory of earlier ones. */
const NO_HEADER_TABLE = Buffer.from([0, 1, 0, 0, 0, 0]);
const WINDOW_BYTES = 1 << 20;

export async function connectRpc(port: number): Promise<Rpc> {
  const socket = connect(port, HOST).setNoDelay(true);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('connect', resolve).once('error', reject);
  await promise;
  const calls = new Map<number, Call>();
  let out: Buffer[] = [
    PREFACE,
    frame(SETTINGS, 0, 0, NO_HEADER_TABLE),
    frame(WINDOW_UPDATE, 0, 0, uint32(WINDOW_BYTES)),
  ];
  let nextStream = 1;
  let received = 0;
  let rest: Buffer | undefined;
  let lost: Error | undefined;

  /** What is written within one turn of the loop goes in one write. */
  function write(...frames: readonly Buffer[]): void {
    if (out.length === 0) process.nextTick(flush);
    out.push(...frames);
  }

  function flush(): void {
    const frames = out;
    out = [];
    socket.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
  }

  function lose(error: Error): void {
    lost ??= error;
    for (const call of calls.values()) call.reject(lost);
    calls.clear();
    socket.destroy();
  }

  function onData(chunk: Buffer): void {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (bytes.length - at >= FRAME_HEADER_BYTES) {
      const end = at + FRAME_HEADER_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
      onFrame(bytes[at + 3]!, bytes[at + 4]!, stream, bytes.subarray(at + FRAME_HEADER_BYTES, end));
      at = end;
    }
    rest = at === bytes.length ? undefined : bytes.subarray(at);
  }

  function onFrame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === DATA) {
      const call = calls.get(stream);
      if (call !== undefined) call.body = call.body === undefined ? payload : Buffer.concat([call.body, payload]);
      received += payload.length;
      if (received > WINDOW_BYTES / 2) {
        write(frame(WINDOW_UPDATE, 0, 0, uint32(received)));
        received = 0;
      }
    } else if (type === HEADERS && (flags & END_STREAM) !== 0) {
      settle(stream);
    } else if (type === RESET_STREAM) {
      settle(stream);
    } else if (type === SETTINGS && flags !== ACKNOWLEDGED) {
      write(frame(SETTINGS, ACKNOWLEDGED, 0, EMPTY));
    } else if (type === PING && flags !== ACKNOWLEDGED) {
      write(frame(PING, ACKNOWLEDGED, 0, payload));
    } else if (type === GO_AWAY) {
      lose(new Error(`Expected etcd to go on, got ${payload.subarray(8).toString() || 'the end of the connection'}`));
    }
  }

  /** A server sends its message before the status, and none where the call failed. */
  function settle(stream: number): void {
    const call = calls.get(stream);
    if (call === undefined) return;
    calls.delete(stream);
    const { body } = call;
    if (body !== undefined && body.length === PREFIX_BYTES + body.readUInt32BE(1))
      call.resolve(body.subarray(PREFIX_BYTES));
    else call.reject(new Error('Expected a reply of etcd, got an error'));
  }

  socket.on('data', onData);
  socket.on('error', lose);
  socket.on('close', () => lose(new Error('Expected a connection to etcd, got its end')));
  flush();
  return {
    call(method, message) {
      if (lost !== undefined) return Promise.reject(lost);
      const stream = nextStream;
      nextStream += 2;
      write(frame(HEADERS, END_HEADERS, stream, headers(method)), frame(DATA, END_STREAM, stream, prefixed(message)));
      return new Promise((resolve, reject) => calls.set(stream, { resolve, reject, body: undefined }));
    },
    close: () => socket.destroy(),
  };
}

const EMPTY = Buffer.alloc(0);

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  payload.copy(bytes, FRAME_HEADER_BYTES);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function prefixed(message: Buffer): Buffer {
  const bytes = Buffer.alloc(PREFIX_BYTES + message.length);
  bytes.writeUInt32BE(message.length, 1);
  message.copy(bytes, PREFIX_BYTES);
  return bytes;
}

const blocks = new Map<Method, Buffer>();

/** HPACK by the static table alone (RFC 7541, appendix A), nothing indexed. */
function headers(method: Method): Buffer {
  let block = blocks.get(method);
  if (block === undefined) {
    const text = (value: string) => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);
    block = Buffer.concat([
      Buffer.from([0x83, 0x86]), // :method POST, :scheme http
      Buffer.from([0x04]), // :path
      text(`/etcdserverpb.KV/${method}`),
      Buffer.from([0x01]), // :authority
      text(HOST),
      Buffer.from([0x0f, 0x10]), // content-type
      text('application/grpc'),
      Buffer.from([0x00]),
      text('te'),
      text('trailers'),
    ]);
    blocks.set(method, block);
  }
  return block;
}
