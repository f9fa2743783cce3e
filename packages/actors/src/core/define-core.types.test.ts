/** What the compiler knows of a core's replies. `tsc` checks this file; at run time only that the definitions are made. */

import { share } from '@troupe/codec';
import { type Answered, beside, type Core, keyed, type NodeId, type Shape, unkeyed } from '@troupe/protocol';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defineActor, type ProtocolFrom, type RefOf } from '../definition.ts';
import type { Ref } from '../ref.ts';
import type { Router } from '../router.ts';
import { type CoreProtocol, defineCore } from './define-core.ts';
import { spawnGroup } from './spawn-group.ts';

type Read = { readonly kind: 'read'; readonly key: string };
type Write = { readonly kind: 'write'; readonly key: string; readonly value: number };
type Forget = { readonly kind: 'forget' };
type Value = { readonly kind: 'value'; readonly value: number };
type Written = { readonly kind: 'written' };
type Busy = { readonly kind: 'busy' };

interface Rest {
  Options: { readonly self: NodeId; readonly nodes: readonly NodeId[] };
  State: object;
  Message: string;
}
type Store = Shape<
  Rest & {
    Request: Answered<Read, Value> | Answered<Write, Written | Busy> | Answered<Forget, never>;
    Reply: Value | Written | Busy;
  }
>;
type Untied = Shape<Rest & { Request: Read | Write; Reply: Value | Written }>;
/** Of some requests it says what answers them. */
type Partly = Shape<Rest & { Request: Answered<Read, Value> | Write; Reply: Value | Written }>;
type Wrong = Shape<Rest & { Request: Answered<Read, Busy>; Reply: Value }>;

const core = (name: string) => ({ name, init: () => ({}), step: () => {} }) as unknown;
const store = core('store') as Core<Store>;

const StoreNode = defineCore(import.meta, 'StoreNode', store);
const UntiedNode = defineCore(import.meta, 'UntiedNode', core('untied') as Core<Untied>);
const PartlyNode = defineCore(import.meta, 'PartlyNode', core('partly') as Core<Partly>);
const KeyedNode = defineCore(import.meta, 'KeyedNode', keyed(store));
const BesideNode = defineCore(import.meta, 'BesideNode', beside(store, core('untied') as Core<Untied>));
const UnkeyedNode = defineCore(import.meta, 'UnkeyedNode', unkeyed(core('untied') as Core<Untied>));

const never = false as boolean;

describe('the reply of a core', () => {
  it('is that of the request that was made, where the core says so', async () => {
    expect(StoreNode.name).toBe('StoreNode');
    if (!never) return;
    const ref = {} as RefOf<typeof StoreNode>;
    expectTypeOf(await ref.ask.request({ kind: 'read', key: 'a' })).toEqualTypeOf<Value>();
    expectTypeOf(await ref.ask.request({ kind: 'write', key: 'a', value: 1 })).toEqualTypeOf<Written | Busy>();
    expectTypeOf(await ref.ask.request({ kind: 'forget' }, { timeout: 5 })).toEqualTypeOf<never>();
    expectTypeOf(await ref.ask.request(share({ kind: 'read', key: 'a' }))).toEqualTypeOf<Value>();
    // One that is not known here: any of those that it may be.
    const either = {} as Read | Write;
    expectTypeOf(await ref.ask.request(either)).toEqualTypeOf<Value | Written | Busy>();
    ref.tell.request({ kind: 'forget' });
    // @ts-expect-error no such request
    void ref.ask.request({ kind: 'raed', key: 'a' });
    // @ts-expect-error a key is a text
    void ref.ask.request({ kind: 'read', key: 1 });
    // @ts-expect-error no such option
    void ref.ask.request({ kind: 'read', key: 'a' }, { timeoutt: 5 });
    // @ts-expect-error no such request
    ref.tell.request({ kind: 'raed' });
  });

  it('is any, where it does not', async () => {
    expect(UntiedNode.name).toBe('UntiedNode');
    if (!never) return;
    const ref = {} as RefOf<typeof UntiedNode>;
    expectTypeOf(await ref.ask.request({ kind: 'read', key: 'a' })).toEqualTypeOf<Value | Written>();
    expectTypeOf<ProtocolFrom<typeof UntiedNode>['request']>().toEqualTypeOf<
      (request: Read | Write) => Value | Written
    >();
    const partly = {} as RefOf<typeof PartlyNode>;
    expectTypeOf(await partly.ask.request({ kind: 'read', key: 'a' })).toEqualTypeOf<Value>();
    expectTypeOf(await partly.ask.request({ kind: 'write', key: 'a', value: 1 })).toEqualTypeOf<Value | Written>();
    expect(PartlyNode.name).toBe('PartlyNode');
  });

  it('goes with the request through operators, groups, routers and messages', async () => {
    expect([KeyedNode.name, BesideNode.name, UnkeyedNode.name]).toEqual(['KeyedNode', 'BesideNode', 'UnkeyedNode']);
    if (!never) return;
    const read = { kind: 'read', key: 'a' } as const;
    const one = {} as RefOf<typeof KeyedNode>;
    expectTypeOf((await one.ask.request({ kind: 'request', key: 'k', request: read })).kind).toEqualTypeOf<
      'value' | 'too-many-instances'
    >();
    const side = {} as RefOf<typeof BesideNode>;
    expectTypeOf(await side.ask.request({ side: 'left', request: read })).toEqualTypeOf<Value>();
    expectTypeOf((await side.ask.request({ side: 'right', request: read })).kind).toEqualTypeOf<
      'value' | 'written' | 'busy'
    >();
    const below = {} as RefOf<typeof UnkeyedNode>;
    expectTypeOf(await below.ask.request({ key: 'k', request: read })).toEqualTypeOf<Value | Written>();
    const group = await spawnGroup({} as never, StoreNode, { group: 'g', members: {}, options: {} });
    for (const member of group.values()) expectTypeOf(await member.ask.request(read)).toEqualTypeOf<Value>();
    const router = {} as Router<CoreProtocol<Store>>;
    expectTypeOf(await router.ask.request(read)).toEqualTypeOf<Value>();
    const kept: Ref<CoreProtocol<Store>> = {} as RefOf<typeof StoreNode>;
    expectTypeOf(await kept.ask.request(read)).toEqualTypeOf<Value>();
    const asks = defineActor(import.meta, 'Asks', {
      init: (member: RefOf<typeof StoreNode>) => ({ member }),
      on: { read: async ({ member }, key: string) => (await member.ask.request({ kind: 'read', key })).value },
    });
    expectTypeOf(await ({} as RefOf<typeof asks>).ask.read('a')).toEqualTypeOf<number>();
  });

  it('that the core does not give is no answer', () => {
    // @ts-expect-error requests must be answered by replies of the core
    const make = () => defineCore(import.meta, 'WrongNode', core('wrong') as Core<Wrong>);
    expect(make).not.toThrow();
  });
});
