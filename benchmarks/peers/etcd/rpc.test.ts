import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connectRpc, type Rpc } from './rpc.ts';

const open: (Http2Server | Rpc)[] = [];

afterEach(() => {
  for (const each of open.splice(0).reverse()) each.close();
});

/** A gRPC server that answers each message as `answer` says; undefined: with an error status and no message. */
async function connected(answer: (path: string, message: Buffer) => Buffer | undefined): Promise<Rpc> {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const reply = answer(String(headers[':path']), Buffer.concat(chunks).subarray(5));
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': reply === undefined ? '13' : '0' }));
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(reply?.length ?? 0, 1);
      if (reply !== undefined) stream.write(Buffer.concat([prefix, reply]));
      stream.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const rpc = await connectRpc((server.address() as AddressInfo).port);
  open.push(server, rpc);
  return rpc;
}

test('each call gets its own reply, many outstanding', async () => {
  const rpc = await connected((path, message) => Buffer.from(`${path} ${message}`));
  const replies = await Promise.all(Array.from({ length: 200 }, (_, n) => rpc.call('Put', Buffer.from(`${n}`))));
  expect(replies.map(String)).toEqual(Array.from({ length: 200 }, (_, n) => `/etcdserverpb.KV/Put ${n}`));
});

test('a reply of many frames arrives whole, and what is received is granted anew', async () => {
  const large = Buffer.alloc(50_000, 'large ');
  const rpc = await connected(() => large);
  for (let n = 0; n < 30; n++) expect((await rpc.call('Range', Buffer.from('key'))).equals(large)).toBe(true);
});

test('an error status is an error', async () => {
  const rpc = await connected((_, message) => (message.includes('bad') ? undefined : message));
  await expect(rpc.call('Put', Buffer.from('bad'))).rejects.toThrow('Expected a reply of etcd, got an error');
  expect(String(await rpc.call('Put', Buffer.from('good')))).toBe('good');
});

test('calls fail when the connection is lost, those outstanding and those after', async () => {
  const rpc = await connected(() => {
    rpc.close();
    return undefined;
  });
  await expect(rpc.call('Put', Buffer.from('x'))).rejects.toThrow('Expected a connection to etcd, got its end');
  await expect(rpc.call('Put', Buffer.from('x'))).rejects.toThrow('Expected a connection to etcd, got its end');
});
