/**
 * Which replies answer which request, said in the types alone: an `Answered` request bears, in a property that no value has,
 * the type of its replies. So operators that hand requests on hand that on too.
 */

declare const reply: unique symbol;

/** A request, of those of a shape, that is answered by one of these replies; `never` where it is not answered at all. */
export type Answered<Request extends object, Reply> = Request & { readonly [reply]?: Reply };

/** Some of these requests say what answers them. */
export type IsTied<Requests> = true extends (Requests extends unknown ? HasReply<Requests> : never) ? true : false;
type HasReply<Request> = typeof reply extends keyof Request ? true : false;

/** What may answer a request of the type `Given`, one of `Requests`: any of `Replies` where that is not said. */
export type ReplyTo<Requests, Replies, Given> = Given extends unknown ? RepliesTo<Requests, Replies, Given> : never;
type RepliesTo<Requests, Replies, Given> = Requests extends unknown
  ? Given extends Requests
    ? RepliesOf<Requests, Replies>
    : never
  : never;

/** What answers each of these requests. */
export type RepliesOf<Requests, Replies> = Requests extends unknown
  ? Requests extends { readonly [reply]?: unknown }
    ? typeof reply extends keyof Requests
      ? Exclude<Requests[typeof reply], undefined>
      : Replies
    : Replies
  : never;

/** A request that only wraps another: answered by the same, or by `More`. */
export type AnsweredAs<Request, Wrapped extends object, More = never> = typeof reply extends keyof Request
  ? Answered<Wrapped, RepliesOf<Request, never> | More>
  : Wrapped;
