import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { drawAsHtml, drawAsSvg, PAGE_EVENTS_MAX } from './page.ts';
import type { PageData } from './page-data.ts';
import { to, traceOf } from './trace.fixture.ts';

const events = traceOf(
  ['n1', { text: 'request', fields: { x: '1', y: 'a' }, sent: [to('n2', 0), to('n2', 1, { fate: 'lost' })] }],
  ['n2', { kind: 'deliver', text: 'ping', received: 0, from: 'n1', told: ['pong'], fields: { x: '5' } }],
  ['n1', { fields: { x: '2', y: 'a' } }],
);

function dataOf(html: string): PageData {
  const [, text] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(text ?? '') as PageData;
}

describe('a space-time diagram as a page', () => {
  const html = drawAsHtml({ title: 'a run', events, command: 'npx troupe sim x' });

  it('has a shape for each event, and an arrow for each message by its fate', () => {
    expect(html.match(/data-moment=/g)).toHaveLength(3);
    expect(html.match(/class="arrow [a-z-]+/g)).toEqual(['class="arrow received', 'class="arrow lost']);
  });

  it('tells its script who caused what, what changed, and the vector clocks', () => {
    const { moments, states, arrows } = dataOf(html);
    expect(moments.map(({ clock }) => clock)).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
    ]);
    expect(moments[1]).toMatchObject({ cause: 0, from: 'n1', told: ['pong'] });
    expect(moments[0]?.sent).toEqual([
      ['n2', 'ping', 'received', 1],
      ['n2', 'ping', 'lost', null],
    ]);
    expect(moments[2]?.changes).toEqual([['x', '1', '2']]);
    expect(arrows).toEqual([
      [0, 1],
      [0, null],
    ]);
    expect(states).toEqual([[], []]);
  });

  it('knows the state before the first event that is shown', () => {
    const { states } = dataOf(drawAsHtml({ title: 't', events }, { eventsMax: 1 }));
    expect(states).toEqual([
      [
        ['x', '1'],
        ['y', 'a'],
      ],
      [],
    ]);
  });

  it('needs nothing from elsewhere, and lets no script run but its own', () => {
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
    const [, script = ''] = /<script>(.*?)<\/script>/s.exec(html) ?? [];
    const hash = createHash('sha256').update(script).digest('base64');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${hash}'`);
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<link|@import|url\((?!#)/);
    expect(() => new Script(script)).not.toThrow();
  });

  it('makes no markup of what a message, a node or a property is called', () => {
    const evil = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>';
    const verdict = { kind: evil, property: evil, message: evil, at: 0 };
    const told = traceOf([
      evil,
      { text: evil, told: [evil], fields: { [evil]: evil }, sent: [to(evil, 0, { fate: 'lost', text: evil })] },
    ]);
    for (const text of [
      drawAsHtml({ title: evil, events: told, verdict, command: evil }),
      drawAsSvg({ title: evil, events: told, verdict }),
    ])
      expect(text).not.toMatch(/<img|<script>alert/);
  });

  it('is bounded, whatever the trace', () => {
    const many = Array.from({ length: PAGE_EVENTS_MAX + 500 }, (_, id) => {
      const node = id % 2 === 0 ? 'n1' : 'n2';
      return [
        node,
        { fields: { log: `${id} `.repeat(200) }, sent: [to('n2', id, { text: 'x'.repeat(5_000) })] },
      ] as const;
    });
    const big = drawAsHtml({ title: 't', events: traceOf(...many) });
    expect(big.match(/data-moment=/g)).toHaveLength(PAGE_EVENTS_MAX);
    expect(big).toContain('… 500 events before these are left out.');
    const verdict = { kind: 'eventually', property: 'p', message: 'it did not', at: 1 };
    expect(drawAsHtml({ title: 't', events: traceOf(...many), verdict })).toContain(
      '… 10496 events that say again what others say are left out.',
    );
    expect(dataOf(big).statesEndAt).toBeGreaterThan(0);
    expect(big.length).toBeLessThan(30_000_000);
  });
});

describe('a space-time diagram as SVG alone', () => {
  it('names its lanes, and has its colours with it', () => {
    const svg = drawAsSvg({ title: 'a run', events });
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(svg.match(/<text class="name [^>]*>n[12]</g)).toHaveLength(2);
    expect(svg).toContain('<title>a run</title><style>');
    expect(svg).not.toContain('<script');
  });
});
