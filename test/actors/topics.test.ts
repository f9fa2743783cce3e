import { defineTopic } from 'troupe';
import { describe, expect, it } from 'vitest';
import { Member, NEWS, type News } from './fixtures/member.ts';
import { onEveryHost } from './hosts.ts';

onEveryHost('topics', {}, (stage) => {
  const subscriber = async (id: string, node: string) => {
    const member = await stage.system.spawn(Member, id, { node });
    await member.ask.subscribe();
    return member;
  };

  describe('what is published', () => {
    it('reaches every subscriber on every node, each with a copy of its own', async () => {
      const members = [
        await subscriber('a', stage.here),
        await subscriber('b', stage.there),
        await subscriber('c', 'main'),
      ];
      const heard: News[] = [];
      const end = stage.system.subscribe(NEWS, (news) => heard.push(news));
      members[1]?.tell.publish('from an actor');
      stage.system.publish(NEWS, { title: 'from outside' });
      for (const member of members) await stage.until(async () => (await member.ask.handled()).length === 2);
      await stage.until(() => heard.length === 2);
      expect(heard.map(({ title }) => title).sort()).toEqual(['from an actor', 'from outside']);
      for (const member of members)
        expect((await member.ask.handled()).sort()).toEqual(['from an actor', 'from outside']);
      end();
      for (const member of members) await stage.system.stop(member);
    });

    it('keeps its order for each publisher', async () => {
      const [from, to] = [await subscriber('a', stage.here), await subscriber('b', stage.there)];
      from.tell.publishMany(300);
      await stage.until(async () => (await to.ask.handled()).length === 300);
      expect(await to.ask.handled()).toEqual(Array.from({ length: 300 }, (_, n) => `${n}`));
      for (const member of [from, to]) await stage.system.stop(member);
    });

    it('no longer reaches who has unsubscribed or stopped, and is no dead letter to them', async () => {
      const [gone, stopped, stays] = [
        await subscriber('a', stage.there),
        await subscriber('b', stage.there),
        await subscriber('c', stage.there),
      ];
      await gone.ask.unsubscribe();
      await stage.system.stop(stopped);
      const before = stage.count('deadLetters');
      stage.system.publish(NEWS, { title: 'late' });
      await stage.until(async () => (await stays.ask.handled()).length === 1);
      expect(await gone.ask.handled()).toEqual([]);
      expect(stage.count('deadLetters')).toBe(before);
      await stage.system.stop(stays);
    });

    it('reaches a subscriber once, however often it has subscribed, also after a restart', async () => {
      const member = await subscriber('a', stage.there);
      await member.ask.subscribe();
      member.tell.crash();
      await member.ask.id();
      stage.system.publish(NEWS, { title: 'once' });
      await stage.until(async () => (await member.ask.handled()).length > 0);
      expect(await member.ask.handled()).toEqual(['once']);
      await stage.system.stop(member);
    });

    it('that can’t be sent is refused where it is published', () => {
      expect(() => stage.system.publish(NEWS, { title: (() => {}) as never })).toThrow(
        expect.objectContaining({ code: 'TROUPE_VALUE_REFUSED' }),
      );
    });
  });

  it('a listener that throws harms nobody', async () => {
    const heard: string[] = [];
    const ends = [
      stage.system.subscribe(NEWS, () => {
        throw new Error('listener');
      }),
      stage.system.subscribe(NEWS, ({ title }) => heard.push(title)),
    ];
    stage.system.publish(NEWS, { title: 'on' });
    await stage.until(() => heard.length === 1);
    for (const end of ends) end();
  });

  it('a wrong name, or a kind that does not exist, is refused', async () => {
    expect(() => defineTopic('')).toThrow(expect.objectContaining({ code: 'TROUPE_OPTION_INVALID' }));
    const member = await stage.system.spawn(Member, 'a', { node: stage.there });
    await expect(member.ask.subscribeWrongly()).rejects.toMatchObject({ code: 'TROUPE_UNKNOWN_HANDLER' });
  });
});
