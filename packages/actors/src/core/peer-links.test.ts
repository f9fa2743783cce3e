import { nodeId } from '@troupe/protocol';
import { describe, expect, it } from 'vitest';
import { LINK_WAITING_MAX, PeerLinks } from './peer-links.ts';

const [self, peer] = [nodeId('a'), nodeId('b')];
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Links over a lane that has room, or not. */
async function start() {
  const lane = { hasRoom: true, frames: 0, resume: (): void => {} };
  const transport = {
    send: () => {
      lane.frames++;
      return lane.hasRoom;
    },
    onRoom: (_node: number, resume: () => void) => {
      lane.resume = resume;
    },
  };
  const away = { nodeIndex: 1, id: 7, interface: { kinds: ['message'] }, cell: undefined };
  const ctx = {
    self: { id: 3 },
    cell: { kernel: { host: { transport } } },
    whereis: async () => away,
  };
  let resumed = 0;
  const links = new PeerLinks(ctx as never, 'g', self, () => resumed++);
  await new Promise<void>((found) => links.findAll([self, peer], found));
  return { links, lane, resumed: () => resumed };
}

describe('the links of a member', () => {
  it('say when a way is full, and when it has room again', async () => {
    const { links, lane, resumed } = await start();
    links.send(peer, 'm');
    expect(links.isFull).toBe(false);
    lane.hasRoom = false;
    links.send(peer, 'm');
    links.send(peer, 'm');
    expect({ full: links.isFull, frames: lane.frames, resumed: resumed() }).toEqual({
      full: true,
      frames: 3,
      resumed: 0,
    });
    lane.resume();
    expect({ full: links.isFull, resumed: resumed(), lost: links.lost }).toEqual({ full: false, resumed: 1, lost: 0 });
  });

  it('drop and count what goes beyond the bound of what may wait', async () => {
    const { links, lane } = await start();
    lane.hasRoom = false;
    for (let i = 0; i < LINK_WAITING_MAX + 5; i++) links.send(peer, 'm');
    expect({ frames: lane.frames, sent: links.sent, lost: links.lost }).toEqual({
      frames: LINK_WAITING_MAX,
      sent: LINK_WAITING_MAX + 5,
      lost: 5,
    });
  });

  it('count what is sent to one that has not been found', async () => {
    const { links } = await start();
    links.send(nodeId('stranger'), 'm');
    expect({ sent: links.sent, lost: links.lost }).toEqual({ sent: 1, lost: 1 });
    await settle();
    links.close();
  });
});
