/* The completion protocol, one atomic step per call of a store, the queue or the warehouse.
 *
 * docs/model.md says which line of the code each step is. Sizes and fault budgets come as -D; a mutant is one -DMUT_x.
 * Between any two steps a worker or sweeper may crash; a worker may be paused until its lease is over and then wake.
 */
#define NV (G * P)           /* verdict ids: generation x phase */
#define NU (G * P * U)       /* unit ids: generation x phase x unit */
#define N(ph) (((ph) == 0) -> M : C)
#define REQUIRED(ph) (((ph) == 0) -> CRIT : ((1 << C) - 1))
#if ASKS                     /* a repair builds on the generation before: unit 0 of phase 0 is asked again, phase 1 reads phase 0 */
#define BASE(x) ((x) - P * U)
#define CARRIES(x) (g > 0 && (x) % (P * U) != 0 && comp[BASE(x)] != 0 && SAME_INPUTS(x))
#define SAME_INPUTS(x) (p == 0 || comp[g * P * U] == comp[(g - 1) * P * U])
#define ENDS (p == 0 && u == 0 && !arrived -> PARTIAL : 1)
#else
#define ENDS 1
#endif
#define PARTIAL 3
#define GOES_ON(x) ((x) == COMPLETE || (x) == DEGRADED)

#ifdef MUT_DEADLINE_FROM_OPENING
#define LATE(gg, ph) late[(gg) * P]
#else
#define LATE(gg, ph) late[(gg) * P + (ph)]
#endif

#define NONE 0
#define COMPLETE 1
#define DEGRADED 2
#define EXPIRED 3
#define FAILED 4

/* ---- documents --------------------------------------------------------------------------------------------------- */
byte cur; bool open;         /* runs: current generation (0: none), state open */
byte reqgen[G];              /* runs.requests: the generation each request opened */
byte man[G]; bool mansent[G];/* manifests: the request that opened it (+1), outbox sent */
byte comp[NU];               /* completions: 0 none, 1 ok, 2 failed, 3 partial */
byte verdict[NV]; bool vsent[NV];
byte token[NU]; bool held[NU];        /* claims; `held`: the highest token's lease is good */
byte fence_g[P * U]; byte fence_t[P * U];  /* warehouse write_fences, changed in one transaction with the rows */
byte q[NU];                  /* copies of a unit request waiting in the queue; order means nothing */
bool late[NV];               /* the deadline of the phase has passed: at the earliest after the verdict before it */
#ifdef MUT_COUNTER
byte counter[NV];
#endif
#if ASKS
bool note, asked;            /* what the first generation misses; a request for the next one was published */
bool arrived;                /* what was missing is there now */
bool carried[NU];
#endif
bool acked[NU];              /* the queue was told, by a worker that had been paused, never to deliver it again */

/* ---- fault budgets ----------------------------------------------------------------------------------------------- */
byte crashes = CRASHES; byte dups = DUPS; byte pauses = PAUSES; byte drops = DROPS; byte fails = FAILS;

/* ---- ghosts: what really happened, unseen by the protocol ---------------------------------------------------------- */
byte done[NU];               /* the unit's work really ended: 1 rows stand, 2 failed */
byte newest;                 /* the newest generation the run ever had */
#if ASKS
bool whole[NU];              /* the unit of phase 1 has read all of phase 0's rows */
#endif
bool pub[NV]; bool manpub[G];/* every event of the outbox was handed to the queue at least once */

#define CRASH :: atomic { crashes > 0 -> crashes--; goto crashed }
#define PAUSE :: atomic { pauses > 0 && has_claim && !stale -> pauses--; stale = 1; held[i] = 0; q[i]++ }

inline create_verdict(id, ph, gg, outcome) {
#if defined(MUT_CHECK_THEN_ACT) || defined(MUT_OVERWRITABLE)
  assert(verdict[id] == NONE || verdict[id] == outcome);          /* never two verdicts, never another */
  verdict[id] = outcome; vsent[id] = 0;
#else
  if
  :: verdict[id] == NONE ->
     verdict[id] = outcome;
     j = 0;
     do                                                           /* never early */
     :: j < N(ph) ->
        if
        :: outcome == COMPLETE -> assert(done[(id) * U + j] == 1 && comp[(id) * U + j] != PARTIAL)
        :: outcome == DEGRADED ->
           assert(!(REQUIRED(ph) & (1 << j)) || done[(id) * U + j] == 1);
           assert(late[id] || done[(id) * U + j] != 0)
        :: outcome == EXPIRED -> assert(late[id])
        :: else
        fi;
        j++
     :: else -> break
     od;
     j = 0
  :: else
  fi
#endif
}

/* Outbox.relay of a verdict: publish what it carries, message by message, then mark it sent. */
inline relay(id, ph, what) {
  do :: atomic { was_sent = vsent[id]; break } CRASH od;
  if
  :: !was_sent ->
#ifdef MUT_MARK_FIRST
     do :: atomic { vsent[id] = 1; break } CRASH od;
#endif
     j = 0;
     do
     :: j < C && ph + 1 < P && GOES_ON(what) ->
        do :: atomic { q[(id + 1) * U + j]++; j++; break } CRASH od
     :: else -> atomic { j = 0; pub[id] = 1; break }
     od;
     do :: atomic { vsent[id] = 1; break } CRASH od
  :: else
  fi;
  was_sent = 0
}

/* Outbox.relay of a manifest: the requests of the first phase. */
inline relay_manifest(gg) {
  do :: atomic { was_sent = mansent[gg]; break } CRASH od;
  if
  :: !was_sent ->
     j = 0;
     do
     :: j < M -> do :: atomic { q[(gg) * P * U + j]++; j++; break } CRASH od
     :: else -> atomic { j = 0; manpub[gg] = 1; break }
     od;
     do :: atomic { mansent[gg] = 1; break } CRASH od
  :: else
  fi;
  was_sent = 0
}

#define MISSES(gg) ((gg) + 1 < G && comp[(gg) * P * U] == PARTIAL)
/* Runs.close: note what is missing, then mark the run settled by compare-and-set once every phase of its current generation is ruled on. */
inline close_run(gg) {
  do :: atomic { seen = (cur == gg + 1 && open); break } CRASH od;
  if
  :: seen ->
     atomic {
       j = 0;
       do :: j < P -> seen = seen && verdict[(gg) * P + j] != NONE; j++ :: else -> break od;
       j = 0
     }
     if
     :: seen ->
#if ASKS && !defined(MUT_NOTE_AFTER_CLOSE)
        do :: atomic { note = note || MISSES(gg); break } CRASH od;
#endif
        do
        :: atomic {
#ifdef MUT_CLOSE_BLIND
             cur = gg + 1; open = 0;
             assert(cur >= newest);                               /* a generation is never taken back */
#else
             if :: cur == gg + 1 && open -> open = 0 :: else fi;
#endif
             break }
        CRASH
        od
#if ASKS && defined(MUT_NOTE_AFTER_CLOSE)
        ;
        do :: atomic { note = note || MISSES(gg); break } CRASH od
#endif
     :: else
     fi
  :: else
  fi;
  seen = 0
}

/* Verdicts.evaluate: read what came, one document at a time; judge; create the verdict; relay; follow; close. */
inline look(gg, ph) {
  vi = (gg) * P + ph;
  do :: atomic { v = verdict[vi]; break } CRASH od;
  if
#ifdef MUT_OVERWRITABLE
  :: v == NONE || LATE(gg, ph) ->
#else
  :: v == NONE ->
#endif
     k = 0;
     do
     :: k < N(ph) ->
        atomic {
          if
          :: comp[vi * U + k] == 0 -> miss = miss | (1 << k)
          :: comp[vi * U + k] == 2 -> bad = bad | (1 << k)
#ifndef MUT_PARTIAL_IS_WHOLE
          :: comp[vi * U + k] == PARTIAL -> part = 1
#endif
          :: else
          fi;
          k++
        }
     :: else -> break
     od;
     atomic {                                                     /* fanin.judge */
#ifdef MUT_COUNTER
       if :: counter[vi] >= N(ph) -> miss = 0 :: else fi;
#endif
       if
       :: bad & REQUIRED(ph) -> r = FAILED
       :: else ->
          if
          :: miss == 0 -> r = (bad || part -> DEGRADED : COMPLETE)
          :: miss != 0 && !LATE(gg, ph) -> r = NONE
          :: miss != 0 && LATE(gg, ph) -> r = ((miss & REQUIRED(ph)) -> EXPIRED : DEGRADED)
          fi
       fi;
       k = 0; miss = 0; bad = 0; part = 0
     }
     if
     :: r != NONE -> do :: atomic { create_verdict(vi, ph, gg, r); v = verdict[vi]; break } CRASH od
     :: else
     fi;
     r = NONE
  :: else
  fi;
  if
  :: v != NONE ->
     relay(vi, ph, v);
     if
     :: !GOES_ON(v) && ph + 1 < P ->                              /* the next phase will never be asked */
        do
        :: atomic {
             if :: verdict[vi + 1] == NONE -> verdict[vi + 1] = FAILED :: else fi;
             v = verdict[vi + 1]; break }
        CRASH
        od;
        relay(vi + 1, ph + 1, v);
        close_run(gg)
     :: !GOES_ON(v) && ph + 1 >= P -> close_run(gg)
     :: GOES_ON(v) && ph + 1 >= P -> close_run(gg)
     :: else
     fi
  :: else
  fi;
  v = NONE; vi = 0
}

#ifdef MUT_FENCED_ACKNOWLEDGES
#define FENCED ack
#else
#define FENCED nack          /* somebody newer does it; should they die, this message is what is left to ask again */
#endif

#define PICK(x) :: q[x] > 0 -> i = x

/* handle() of one unit request after another: begin, claim, run the step, complete, look, acknowledge. */
proctype worker() {
  byte i, g, p, u, mine, v, vi, k, j, r, miss, bad;
  bool has_claim, stale, was_sent, seen, was_current, part;
end_idle:
  atomic {
    if
    PICK(0)
#if NU > 1
    PICK(1)
#endif
#if NU > 2
    PICK(2)
#endif
#if NU > 3
    PICK(3)
#endif
#if NU > 4
    PICK(4)
#endif
#if NU > 5
    PICK(5)
#endif
#if NU > 6
    PICK(6)
#endif
#if NU > 7
    PICK(7)
#endif
    fi;
    q[i]--;
    u = i % U; p = (i / U) % P; g = i / (U * P);
    was_current = (g + 1 >= cur)
  }
#ifndef MUT_STALE_GENERATION
  do
  :: atomic { g + 1 < cur -> goto ack }                            /* superseded: drop */
  :: atomic { g + 1 >= cur -> break }
  CRASH
  od;
#endif
  do
#ifdef MUT_RETURN_ON_DUPLICATE
  :: atomic { comp[i] != 0 -> goto ack }
#else
  :: atomic { comp[i] != 0 -> goto look_now }                      /* a duplicate carries on to the look */
#endif
  :: atomic { comp[i] == 0 -> break }
  CRASH
  od;
  do
  :: atomic { verdict[g * P + p] != NONE -> goto ack }             /* ruled on without it: seen past the first deadline, */
  :: atomic { !LATE(g, p) || verdict[g * P + p] == NONE -> break } /* which is that of the phase or before it */
  CRASH
  od;
#if ASKS && !defined(MUT_ASK_EVERYTHING)
  do                                                               /* Carry.completion */
#ifdef MUT_CARRY_BLIND
  :: atomic { g > 0 && i % (P * U) != 0 && comp[BASE(i)] != 0 ->
#else
  :: atomic { CARRIES(i) ->
#endif
       if :: comp[i] == 0 -> comp[i] = comp[BASE(i)]; done[i] = 1; carried[i] = 1; whole[i] = whole[BASE(i)] :: else fi;
       goto look_now }
#ifdef MUT_CARRY_BLIND
  :: atomic { !(g > 0 && i % (P * U) != 0 && comp[BASE(i)] != 0) -> break }
#else
  :: atomic { !CARRIES(i) -> break }
#endif
  CRASH
  od;
#endif
  do                                                               /* Claims.take */
  :: atomic { !held[i] -> token[i]++; mine = token[i]; held[i] = 1; has_claim = 1; break }
  :: atomic { held[i] && !SAME_OWNER -> q[i]++; goto reset }        /* LeaseHeld: delivered again later */
  :: atomic { held[i] && SAME_OWNER -> token[i]++; mine = token[i]; has_claim = 1; break }
  CRASH
  od;
  do                                                               /* the step: Tables.write, fenced, or a failure */
  :: atomic {
#ifndef MUT_NO_FENCE
       if
#ifndef MUT_FENCE_WITHOUT_GENERATION
       :: fence_g[p * U + u] > g + 1 -> goto ack                   /* StaleGeneration */
#endif
       :: fence_g[p * U + u] == g + 1 && fence_t[p * U + u] > mine -> goto FENCED
       :: else
       fi;
#endif
       assert(was_current);                                        /* nothing is begun for a superseded generation */
       assert(fence_g[p * U + u] < g + 1 || (fence_g[p * U + u] == g + 1 && fence_t[p * U + u] <= mine));
       fence_g[p * U + u] = g + 1; fence_t[p * U + u] = mine;
       if :: done[i] == 0 -> done[i] = 1 :: else fi;
#if ASKS
       assert(!CARRIES(i));                                        /* nothing is done again that nothing has changed */
       whole[i] = (p == 0 || comp[g * P * U] == 1);
#endif
       r = ENDS; break }
  :: atomic { fails > 0 -> fails--; if :: done[i] == 0 -> done[i] = 2 :: else fi; r = 2; break }
  PAUSE
  CRASH
  od;
#ifdef MUT_COUNTER
  do :: atomic { counter[g * P + p]++; break } CRASH od;
#endif
  do                                                               /* completion: create if absent, first wins */
  :: atomic { if :: comp[i] == 0 -> comp[i] = r; done[i] = (r == PARTIAL -> 1 : r) :: else fi; r = 0; break }
  PAUSE
  CRASH
  od;
look_now:
  do                      /* Verdicts.evaluate_after: who ended well may leave when the unit asked for last is not there */
  :: atomic { comp[i] != 2 && u != N(p) - 1 && comp[(g * P + p) * U + N(p) - 1] == 0 -> goto ack }
  :: break                                                         /* or the deadline has passed: look */
  CRASH
  od;
  look(g, p);
ack:
  atomic {                         /* by receipt: what a paused worker acknowledges, another one may be working on */
    if
    :: stale && q[i] > 0 -> q[i]--
    :: stale && q[i] == 0 -> acked[i] = 1
    :: else
    fi;
    goto reset
  }
nack:
crashed:
  atomic {
    if
    :: acked[i]
    :: !acked[i] && !stale -> q[i]++                               /* not acknowledged: delivered again */
    :: stale                                                       /* its redelivery is under way already */
    :: drops > 0 && !stale -> drops--                              /* or it was the last attempt: dead letter */
    fi
  }
reset:
  atomic {
    if :: has_claim && !stale && token[i] == mine -> held[i] = 0 :: else fi;  /* the lease of who is gone runs out */
    i = 0; g = 0; p = 0; u = 0; mine = 0; v = 0; vi = 0; k = 0; j = 0; r = 0; miss = 0; bad = 0;
    has_claim = 0; stale = 0; was_sent = 0; seen = 0; was_current = 0; part = 0;
    goto end_idle
  }
}

#define UNSENT(x) :: verdict[x] != NONE && !vsent[x] -> vi = x; what = 1
#define ASKED(gg, ph) ((ph) == 0 || GOES_ON(verdict[(gg) * P]))
#define STOPPED(x) (verdict[x] != NONE && !GOES_ON(verdict[x]))
#define ALL_RULED(gg) (verdict[(gg) * P] != NONE && verdict[(gg) * P + P - 1] != NONE)

/* Sweeper.sweep, whenever it has something to do: unsent outboxes, deadlines, half-told failures, runs to close. */
proctype sweeper() {
  byte vi, what, g, p, v, k, j, r, miss, bad;
  bool was_sent, seen, part;
end_idle:
  atomic {
    if
#ifndef MUT_SWEEP_WITHOUT_RELAY
    UNSENT(0)
#if NV > 1
    UNSENT(1)
#endif
#if NV > 2
    UNSENT(2)
#endif
#if NV > 3
    UNSENT(3)
#endif
    :: man[0] != 0 && !mansent[0] -> g = 0; what = 2
#if G > 1
    :: man[1] != 0 && !mansent[1] -> g = 1; what = 2
#endif
#endif
#ifndef MUT_TIMER_ON_MESSAGE
    :: open && LATE(cur - 1, 0) && verdict[(cur - 1) * P] == NONE -> g = cur - 1; p = 0; what = 3
#if P > 1
    :: open && LATE(cur - 1, 1) && ASKED(cur - 1, 1) && verdict[(cur - 1) * P + 1] == NONE -> g = cur - 1; p = 1; what = 3
#endif
#endif
#if P > 1
    :: open && STOPPED((cur - 1) * P) && verdict[(cur - 1) * P + 1] == NONE -> g = cur - 1; p = 0; what = 3
#endif
    :: open && ALL_RULED(cur - 1) -> g = cur - 1; what = 4
#if ASKS
    :: note && !asked && cur == 1 -> what = 5
#endif
    fi
  }
  if
  :: what == 1 -> relay(vi, vi % P, verdict[vi])
  :: what == 2 -> relay_manifest(g)
  :: what == 3 -> look(g, p)
  :: what == 4 -> close_run(g)
#if ASKS
  :: what == 5 -> do :: atomic { asked = 1; break } CRASH od       /* the request for the next generation */
#endif
  fi;
crashed:
  atomic {
    vi = 0; what = 0; g = 0; p = 0; v = 0; k = 0; j = 0; r = 0; miss = 0; bad = 0; was_sent = 0; seen = 0;
    part = 0;
    goto end_idle
  }
}

/* Runs.open of request `me`: the next generation, whoever wins it; help the winner, then try for the next. */
proctype opener(byte me) {
  byte g, j, owner; bool was_sent;
#if ASKS
end_unasked:
  asked;                                                           /* only the sweep asks */
#endif
again:
  do
  :: atomic { if :: reqgen[me] != 0 -> g = reqgen[me] - 1 :: else -> g = cur fi; break }
  CRASH
  od;
  do
  :: atomic {
#ifdef MUT_OVERWRITTEN_MANIFEST
       man[g] = me + 1; owner = me + 1;
#else
       if :: man[g] == 0 -> man[g] = me + 1 :: else fi;
       owner = man[g];
#endif
       break }
  CRASH
  od;
  do                                                               /* advance: compare-and-set, tried again */
  :: atomic {
#ifdef MUT_ADVANCE_BLIND
       cur = g + 1; open = 1; reqgen[owner - 1] = g + 1;
       assert(cur >= newest);
#else
       if :: cur < g + 1 -> cur = g + 1; open = 1; reqgen[owner - 1] = g + 1 :: else fi;
#endif
       newest = (cur > newest -> cur : newest);
       break }
  CRASH
  od;
  relay_manifest(g);
  if
  :: owner == me + 1 -> goto told
  :: else -> atomic { owner = 0; goto again }
  fi;
crashed:
  atomic { g = 0; j = 0; owner = 0; was_sent = 0; goto again }
told:
  atomic { g = 0; j = 0; owner = 0; was_sent = 0 };
  do
  :: atomic { dups > 0 -> dups--; goto again }                     /* the request is delivered once more */
  :: break
  od
}

#define AGAIN(x) :: atomic { dups > 0 && (comp[x] != 0 || token[x] != 0 || q[x] > 0) -> dups--; q[x]++ }

#define PASSES(x) :: atomic { man[(x) / P] != 0 && !late[x] && ((x) % P == 0 || verdict[(x) - (x) % P] != NONE) -> late[x] = 1 }

/* Time and the queue's bad habits; when nothing can move any more, everything must be settled. */
proctype world() {
  byte j, x;
end_idle:
  do
#if DEADLINE
  PASSES(0)
#if NV > 1
  PASSES(1)
#endif
#if NV > 2
  PASSES(2)
#endif
#if NV > 3
  PASSES(3)
#endif
#endif
#if ASKS
  :: atomic { !arrived -> arrived = 1 }
#endif
  AGAIN(0)
#if NU > 1
  AGAIN(1)
#endif
#if NU > 2
  AGAIN(2)
#endif
#if NU > 3
  AGAIN(3)
#endif
#if NU > 4
  AGAIN(4)
#endif
#if NU > 5
  AGAIN(5)
#endif
  :: atomic {
       timeout ->
#if ASKS
       assert(cur == (comp[0] == PARTIAL -> G : 1));               /* what is missing is asked for again, nothing else */
#else
       assert(cur == G);
#endif
#if W                                                              /* W=0: the opening of runs alone */
       assert(!open);                                              /* in the end settled */
#endif
       j = 0;
       do
       :: j < cur -> assert(man[j] != 0 && mansent[j] && manpub[j]); j++
       :: else -> break
       od;
#if G > 1
       assert(man[0] != man[1]);                                   /* one generation per request */
#endif
       j = 0;
       do
       :: j < NV ->
          assert(verdict[j] == NONE || (vsent[j] && pub[j]));      /* no lost event */
          assert(!W || verdict[j] != NONE || j / P != cur - 1);      /* every phase is ruled on */
          j++
       :: else -> break
       od;
       j = 0;
       do                                                          /* the rows that stand are the newest generation's */
#if ASKS
       :: j < P * U ->
          x = (cur - 1) * P * U + j;
          assert(comp[x] != 1 || fence_g[j] == cur || carried[x]);
          assert(j < U || comp[x] != 1 || whole[x] == (comp[(cur - 1) * P * U] == 1));  /* what came late was read */
          j++
#else
       :: j < P * U -> x = (G - 1) * P * U + j; assert(comp[x] != 1 || fence_g[j] == G); j++
#endif
       :: else -> break
       od;
       break
     }
  od
}

init {
  atomic {
    byte n = 0;
#if OPENED                                                         /* generation 1 is open and its units are asked for */
    man[0] = 1; mansent[0] = 1; manpub[0] = 1; reqgen[0] = 1; cur = 1; newest = 1; open = 1;
    do :: n < M -> q[n] = 1; n++ :: else -> break od;
#endif
    n = OPENED;
    do :: n < G -> run opener(n); n++ :: else -> break od;
    n = 0;
    do :: n < W -> run worker(); n++ :: else -> break od;
#ifndef MUT_NO_SWEEPER
    run sweeper();
#endif
    run world()
  }
}
