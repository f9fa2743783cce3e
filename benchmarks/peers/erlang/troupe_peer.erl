%% The Erlang/OTP peer: the same workloads as processes and messages.
%% Reads "WORKLOAD COUNT" lines, answers each with "ok SENT HANDLED NANOSECONDS [NAME=MICROSECONDS ...]",
%% and ends when its input does. HANDLED is always what the receiving processes counted.
-module(troupe_peer).
-export([main/0]).

-define(RING_ACTORS, 100).
-define(FORK_JOIN_ACTORS, 60).
-define(BIG_ACTORS, 120).
-define(ASLEEP_PAUSE_MILLISECONDS, 2).

main() ->
    io:format("ready~n"),
    loop().

loop() ->
    case io:get_line("") of
        eof ->
            halt(0);
        Line ->
            [Workload, Count] = string:lexemes(Line, " \n"),
            garbage_collect(),
            {Sent, Handled, Nanoseconds, Figures} = workload(Workload, list_to_integer(Count)),
            io:format("ok ~b ~b ~b~s~n", [Sent, Handled, Nanoseconds, [io_lib:format(" ~s=~.3f", [N, V]) || {N, V} <- Figures]]),
            loop()
    end.

%% One scheduler.
workload("ping-pong", N) -> ping_pong(N);
workload("counting", N) -> counting(N, 1, any, any, fun small/1);
workload("fork-join", N) -> counting(N, ?FORK_JOIN_ACTORS, any, any, fun small/1);
workload("thread-ring", N) -> thread_ring(N);
workload("big", N) -> big(N);
workload("ask", N) -> asks(N, 1, any, any);
workload("create", N) -> create(N);
workload("idle-actor-bytes", N) -> idle(N);
%% Two schedulers; each side is bound to its own.
workload("threads/counting-small", N) -> counting(N, 1, 1, 2, fun small/1);
workload("threads/counting-realistic", N) -> counting(N, 1, 1, 2, fun realistic/1);
workload("threads/ping-pong", N) -> asks(N, 1, 1, 2);
workload("threads/ping-pong-latency", N) -> round_trips(N, "ping-pong", 0);
workload("threads/ping-pong-asleep", N) -> round_trips(N, "ping-pong-asleep", ?ASLEEP_PAUSE_MILLISECONDS);
workload("threads/ask-" ++ InFlight, N) -> asks(N, list_to_integer(InFlight), 1, 2).

%% ---- ping-pong: the ball carries how often it is still to be hit

ping_pong(N) ->
    Me = self(),
    timed(N, fun() ->
        Pong = spawn(fun() -> player(0) end),
        Ping = spawn(fun() -> player(0) end),
        Pong ! {ball, Ping, N - 1, Me},
        receive game_over -> ok end,
        lists:sum([call(P, stop) || P <- [Ping, Pong]])
    end).

player(Hits) ->
    receive
        {ball, _, 0, Judge} -> Judge ! game_over, player(Hits + 1);
        {ball, Other, Left, Judge} -> Other ! {ball, self(), Left - 1, Judge}, player(Hits + 1);
        {stop, From, Ref} -> From ! {Ref, Hits}
    end.

%% ---- counting and fork-join: bursts to counters, which then say how much they got

counting(Total, Actors, From, To, Message) ->
    Each = (Total + Actors - 1) div Actors,
    Counters = [placed(To, fun() -> counter(0, 0) end, []) || _ <- lists:seq(1, Actors)],
    Result = on(From, fun() ->
        timed(Each * Actors, fun() ->
            burst(Each, Counters, Message),
            Refs = [begin R = make_ref(), C ! {take, self(), R}, R end || C <- Counters],
            lists:sum([receive {R, Count} -> Count end || R <- Refs])
        end)
    end),
    [exit(C, kill) || C <- Counters],
    Result.

burst(0, _, _) -> ok;
burst(N, Counters, Message) ->
    [C ! Message(N) || C <- Counters],
    burst(N - 1, Counters, Message).

counter(Count, Sum) ->
    receive
        {inc, _Id, N} -> counter(Count + 1, Sum + N);
        #{type := append, term := Term} -> counter(Count + 1, Sum + Term);
        {take, From, Ref} -> From ! {Ref, Count}, counter(0, 0)
    end.

small(N) -> {inc, 7, N}.

realistic(Index) ->
    #{type => append, term => 7, leader_id => <<"node-1">>, prev_log_index => Index, prev_log_term => 6,
      leader_commit => Index - 3,
      entries => [#{term => 7, index => Index + 1, command => <<"set x 1">>},
                  #{term => 7, index => Index + 2, command => <<"set y 2">>}]}.

%% ---- thread ring

thread_ring(N) ->
    Me = self(),
    Last = spawn(fun() -> receive {next, First} -> link_of_ring(First, Me, 0) end end),
    Ring = lists:foldl(fun(_, [Next | _] = All) -> [spawn(fun() -> link_of_ring(Next, Me, 0) end) | All] end,
                       [Last], lists:seq(2, ?RING_ACTORS)),
    Last ! {next, hd(Ring)},
    timed(N, fun() ->
        hd(Ring) ! {token, N - 1},
        receive ring_over -> ok end,
        lists:sum([call(P, stop) || P <- Ring])
    end).

link_of_ring(Next, Judge, Hops) ->
    receive
        {token, 0} -> Judge ! ring_over, link_of_ring(Next, Judge, Hops + 1);
        {token, Left} -> Next ! {token, Left - 1}, link_of_ring(Next, Judge, Hops + 1);
        {stop, From, Ref} -> From ! {Ref, Hops}
    end.

%% ---- big: each process has one ping outstanding, to a process drawn at random

big(Total) ->
    Pings = (Total + 2 * ?BIG_ACTORS - 1) div (2 * ?BIG_ACTORS),
    Me = self(),
    Players = [spawn(fun() -> receive {start, All} -> next_ping(Pings, I * 7919 + 1, All, Me, 0) end end)
               || I <- lists:seq(0, ?BIG_ACTORS - 1)],
    timed(2 * ?BIG_ACTORS * Pings, fun() ->
        All = list_to_tuple(Players),
        [P ! {start, All} || P <- Players],
        [receive big_over -> ok end || _ <- Players],
        lists:sum([call(P, stop) || P <- Players])
    end).

next_ping(0, Random, All, Judge, Handled) ->
    Judge ! big_over,
    big_player(0, Random, All, Judge, Handled);
next_ping(Left, Random, All, Judge, Handled) ->
    Next = (Random * 1103515245 + 12345) band 16#7fffffff,
    element(1 + (Next bsr 8) rem tuple_size(All), All) ! {ping, self()},
    big_player(Left - 1, Next, All, Judge, Handled).

big_player(Left, Random, All, Judge, Handled) ->
    receive
        {ping, From} -> From ! {pong, self()}, big_player(Left, Random, All, Judge, Handled + 1);
        {pong, _} -> next_ping(Left, Random, All, Judge, Handled + 1);
        {stop, From, Ref} -> From ! {Ref, Handled}
    end.

%% ---- ask and round trips: a request carries a fresh reference, the reply brings it back

echo() ->
    receive {ask, From, Ref, N} -> From ! {Ref, N}, echo() end.

ask(Echo, N) ->
    Ref = make_ref(),
    Echo ! {ask, self(), Ref, N},
    receive {Ref, Answer} -> Answer end.

asks(Total, InFlight, From, To) ->
    Echo = placed(To, fun echo/0, []),
    Each = (Total + InFlight - 1) div InFlight,
    Result = on(From, fun() ->
        Me = self(),
        timed(Each * InFlight, fun() ->
            case InFlight of
                1 -> ask_all(Each, Echo, 0);
                _ ->
                    [placed(From, fun() -> Me ! {right, ask_all(Each, Echo, 0)} end, []) || _ <- lists:seq(1, InFlight)],
                    lists:sum([receive {right, Right} -> Right end || _ <- lists:seq(1, InFlight)])
            end
        end)
    end),
    exit(Echo, kill),
    Result.

ask_all(0, _, Right) -> Right;
ask_all(N, Echo, Right) ->
    case ask(Echo, N) of
        N -> ask_all(N - 1, Echo, Right + 1);
        _ -> ask_all(N - 1, Echo, Right)
    end.

round_trips(Count, Name, Pause) ->
    Echo = placed(2, fun echo/0, []),
    Latencies = on(1, fun() -> [round_trip(Echo, N, Pause) || N <- lists:seq(1, Count)] end),
    exit(Echo, kill),
    Sorted = lists:sort(Latencies),
    Rank = fun(Percent) -> lists:nth((length(Sorted) * Percent + 99) div 100, Sorted) / 1000 end,
    {Count, length(Sorted), lists:sum(Sorted), [{Name ++ "-p50", Rank(50)}, {Name ++ "-p99", Rank(99)}]}.

round_trip(Echo, N, Pause) ->
    Pause > 0 andalso timer:sleep(Pause),
    Started = erlang:monotonic_time(nanosecond),
    N = ask(Echo, N),
    erlang:monotonic_time(nanosecond) - Started.

%% ---- create and idle

%% The collector's mailbox is off its heap: on it, each collection would copy what waits there.
create(N) ->
    Me = self(),
    timed(N, fun() ->
        Collector = spawn_opt(fun() -> Me ! {created, collect(N, 0)} end, [{message_queue_data, off_heap}]),
        create_each(N, Collector),
        receive {created, Handled} -> Handled end
    end).

create_each(0, _) -> ok;
create_each(N, Collector) ->
    spawn(fun() -> receive {inc, _, _} -> Collector ! one end end) ! small(N),
    create_each(N - 1, Collector).

collect(0, Handled) -> Handled;
collect(N, Handled) -> receive one -> collect(N - 1, Handled + 1) end.

idle(N) ->
    garbage_collect(),
    Before = erlang:memory(total),
    Started = erlang:monotonic_time(nanosecond),
    Processes = [spawn(fun() -> holder(I) end) || I <- lists:seq(1, N)],
    timer:sleep(100),
    Bytes = (erlang:memory(total) - Before) / N,
    Alive = length([P || {I, P} <- lists:zip(lists:seq(1, N), Processes), call(P, get) =:= I]),
    [exit(P, kill) || P <- Processes],
    {N, Alive, erlang:monotonic_time(nanosecond) - Started, [{"idle-actor-bytes", Bytes}]}.

holder(State) ->
    receive {get, From, Ref} -> From ! {Ref, State}, holder(State) end.

%% ---- shared

call(Process, Request) ->
    Ref = make_ref(),
    Process ! {Request, self(), Ref},
    receive {Ref, Reply} -> Reply end.

%% The clock stops before the count is compared, but after the receivers have told it.
timed(Sent, Work) ->
    Started = erlang:monotonic_time(nanosecond),
    Handled = Work(),
    {Sent, Handled, erlang:monotonic_time(nanosecond) - Started, []}.

placed(any, Work, Options) -> spawn_opt(Work, Options);
placed(Scheduler, Work, Options) -> spawn_opt(Work, [{scheduler, Scheduler} | Options]).

on(Where, Work) ->
    Me = self(),
    Ref = make_ref(),
    placed(Where, fun() -> Me ! {Ref, Work()} end, []),
    receive {Ref, Result} -> Result end.
