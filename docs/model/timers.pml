/*
 * The timer protocol: who says that a session has come down, and when. One seat, whose sessions follow one another for
 * ever; the timers of its two shards; the backstop. Docs and the table of actions: README.md beside this file.
 *
 * All instants are relative to now, so that time never runs out: process `time` moves every one of them. Far enough in the past
 * they stop moving. -DBREAK_... plants one fault each; a comment behind an assertion names the property.
 */

/* Lengths, in ticks. */
#define MARGIN 1   /* CLOCK_MARGIN (ladder.ts) */
#define SLOT 2     /* sweepMs */
#ifdef BREAK_LEAD_IS_A_TICK
#define LEAD 1
#else
#define LEAD 2     /* LEAD (timers.ts) */
#endif
#define LEASE 2
#define JOB 4
#define FAILOVER 1
#define TOKEN 1    /* what logonToken is past that */
#define FAR 3      /* REREADS_MAX slots */
#define BACKSTOP 4
#define PAST -5    /* as long ago as is kept */
#define NOT_ASKED 99

/* How many things may go wrong, each at any moment. */
#ifndef FAULTS
#define FAULTS 2
#endif
#define fault faults > 0 -> faults--

/* How long after its slot a change of rung is announced at the latest; not asked unless it is given. */
#ifndef LATEST
#define LATEST NOT_ASKED
#endif

#define HELD 0     /* shard s: holds its seat */
#define DORMANT 1  /* shard d: has lost it, and may be made anew */

/* What a sweep does next about the seat (due.ts). */
#define NOTHING 0
#define READ 1
#define OVER 2
#define LOWER 3
#define POSTPONE 4
#define NEAR 5

/* The item. */
bool open;
short lease = PAST; /* leaseAt */
short job = PAST;  /* jobAt; PAST where no job runs */
short due = PAST;
byte rung;         /* the last one announced: 0 active, 1 failover, 2 remembered; 3 would be ended */
bool moved[2];     /* written since sweep k read it: what `unchanged` asks by epoch and revision */

/* The world. */
byte phase;        /* now, within its slot */
short timer[2];    /* per shard, bit k: a schedule for now + k */
bool fired[2];
bool early[2];     /* the one that fired came a tick ahead */
bool armed[2];     /* so the name of a schedule for the next tick is taken still */
byte backstopIn = BACKSTOP;
bool busy[2];      /* sweep 0: of a timer; sweep 1: the backstop's */
short clock[2];    /* what it took for now */
short slot[2];     /* the one that it is to write or to arm */
byte faults = FAULTS; /* still to come */
bool acted;        /* the station, in this tick */
bool waits;        /* a change of rung has reached its slot and is not announced */
byte overdue;      /* how long the slot of the next announcement has passed */

#define max(a, b) ((a) > (b) -> (a) : (b))
#define heldIn max(lease, job)
/* slotAt, relative: 10 slots are added so that the division rounds the same way in the past. */
#define roundUp(x) ((((phase) + (x) + SLOT - 1 + 10 * SLOT) / SLOT) * SLOT - 10 * SLOT - (phase))
#ifdef BREAK_SLOT_WITHOUT_MARGIN
#define slotAt(x) roundUp(x)
#else
#define slotAt(x) roundUp((x) + MARGIN)
#endif
/* descentOf: when it comes down from a rung, and where it stands for somebody whose clock reads `at`. */
#define nextChange(r) (heldIn + ((r) > 0) * FAILOVER + ((r) > 1) * TOKEN)
#define rungAt(at) ((nextChange(0) <= (at)) + (nextChange(1) <= (at)) + (nextChange(2) <= (at)))
#define ENDED 3
#define owed (open && slotAt(nextChange(rung)) <= 0)
#define shardOn(r) ((r) == 0 -> HELD : DORMANT)

inline over() { open = false; lease = PAST; job = PAST; due = PAST; rung = 0 }
inline written() { moved[0] = true; moved[1] = true }
inline settled() { waits = owed; overdue = (waits -> overdue : 0) }

/* firingAt, and the name that says shard and instant: a second creation is a conflict, and changes nothing. */
inline arm(shard, at) {
  k = max(LEAD, (at));
  if
  :: fault                                         /* Unavailable: counted, and the backstop makes up for it */
#ifndef NO_TIMERS
  :: k == 1 && armed[shard] -> skip
  :: !(k == 1 && armed[shard]) -> timer[shard] = timer[shard] | (1 << k)
#else
  :: skip
#endif
  fi;
  k = 0
}

/* Whatever is written: a sweep looks no later than in the slot of the next change of rung. */
inline checkDue() {
  assert(!open || due <= slotAt(nextChange(rung)) || due <= 0) /* due in time */
}

/*
 * One command of a station: one conditional write, and its timer beside it. A crash leaves either of the two alone; so
 * does a Scheduler that does not answer.
 */
active proctype station() {
  short k, at;
  bool writes, arms;
  do
  :: atomic { !acted -> acted = true;
       if :: writes = true :: fault fi;
       if
       /* A login, or coming back to a dormant session: opening.ts. */
       :: !open || heldIn + MARGIN <= 0 || (0 < rungAt(0) && rungAt(0) < ENDED) -> at = slotAt(LEASE); arms = true;
          if
          :: writes -> open = true; lease = LEASE; job = PAST; rung = 0; due = at; written()
          :: else
          fi
       /* ping, activity: sign-of-life.ts. Where the sweep would come too late, due is called back. */
       :: open && rungAt(0) == 0 && writes -> lease = LEASE; at = slotAt(heldIn);
          if :: due > at -> due = at; arms = true :: else fi;
          written()
       :: open && rungAt(0) == 0 && writes -> lease = LEASE; job = JOB; at = slotAt(heldIn);  /* job-started */
          if :: due > at -> due = at; arms = true :: else fi;
          written()
       /* job-ended: the session may now end sooner than before. */
       :: open && rungAt(0) == 0 && job > 0 && writes -> lease = LEASE; job = PAST; at = slotAt(heldIn);
#ifndef BREAK_DUE_NOT_CALLED_BACK
          if :: due > at -> due = at :: else fi;
#endif
#ifndef BREAK_SOONER_SLOT_UNARMED
          arms = true;
#endif
          written()
       /* logout, boot, operator: recorded at once. */
       :: open && rungAt(0) < ENDED && writes -> over(); written()
       :: writes -> skip
       fi;
       if :: arms -> arm(HELD, at) :: else fi;
       checkDue(); settled();
       at = 0; writes = false; arms = false
     }
  od
}

/* sweep.ts `sweep`: the index, as of a moment ago. `at` is the timer's own instant; it looks at that slot though early. */
inline look(at) {
  if :: ahead = 0 :: ahead = 1 fi;
  if
  :: open && shardOn(rung) == shard && due <= max(ahead, at) -> todo = READ
  :: else
  fi;
  if :: fault; todo = NOTHING /* it does not show the entry yet */ :: skip fi;
  ahead = 0
}

/* sweep.ts `settle`, a step at a time: read, decide, write on condition, decide again, arm. */
inline settle(me) {
  if
  :: todo == READ ->                                /* the item; then the clock: they are apart by up to the margin */
     moved[me] = false; if :: clock[me] = 0 :: clock[me] = 1 fi; decide(me)
  :: (todo == OVER || todo == LOWER || todo == POSTPONE) ->
     if
#ifdef BREAK_SWEEP_WITHOUT_CONDITION
     :: true ->
#else
     :: !moved[me] ->
#endif
        if
        :: todo == OVER ->
           assert(open && rungAt(0) == ENDED);      /* never early */
           over(); todo = NOTHING
        :: todo == LOWER ->
           assert(open && rungAt(0) >= to);         /* never early */
           assert(to > rung);                       /* announced once */
           rung = to; due = slot[me]; todo = NEAR
        :: todo == POSTPONE -> due = slot[me]; todo = NEAR
        fi;
        written(); checkDue(); settled()
     :: moved[me] -> moved[me] = false; decide(me)  /* lost: decide again on what is there, at the same instant */
     fi
  :: todo == NEAR ->
#ifndef BREAK_ALIVE_UNARMED
     slotShard = shardOn(to); arm(slotShard, slot[me]); slotShard = 0;
#endif
     todo = NOTHING
  fi;
  if :: todo == NOTHING -> slot[me] = 0; to = 0; clock[me] = 0; moved[me] = true :: else fi
}

inline decide(me) {
#ifdef BREAK_SWEEP_WITHOUT_MARGIN
  passed = clock[me];
#else
  passed = clock[me] - MARGIN;
#endif
  if
  :: !open -> todo = NOTHING
  :: open ->
     to = rungAt(passed);
     if
     :: to == ENDED -> todo = OVER; to = 0
#ifdef BREAK_RUNG_CLIMBS
     :: to != ENDED && to != 0 && to != rung -> todo = LOWER; slot[me] = slotAt(nextChange(to))
     :: to != ENDED && (to == 0 || to == rung) ->
#else
     :: to != ENDED && to > rung -> todo = LOWER; slot[me] = slotAt(nextChange(to))
     :: to != ENDED && to <= rung ->
        to = rung;
#endif
        slot[me] = slotAt(nextChange(to));
        if
#ifdef BREAK_POSTPONED_PAST_THE_SLOT
        :: slot[me] - clock[me] > FAR && slot[me] > due -> todo = POSTPONE; slot[me] = slot[me] + SLOT
#else
        :: slot[me] - clock[me] > FAR && slot[me] > due -> todo = POSTPONE
#endif
        :: else -> todo = NEAR
        fi
     fi
  fi;
  passed = 0
}

/* A timer that fired; twice or for nothing, where something goes wrong. */
active proctype timerSweep() {
  short k, passed;
  byte todo, to, slotShard, shard, ahead;
  do
  :: atomic { todo == NOTHING && (fired[HELD] || fired[DORMANT]) ->
       if :: fired[HELD] -> shard = HELD :: fired[DORMANT] -> shard = DORMANT fi;
       look(early[shard]);
       if :: fired[shard] = false; early[shard] = false :: fault /* and once more */ fi;
       if :: fault; todo = NOTHING /* it crashes */ :: skip fi;
       shard = 0; busy[0] = (todo != NOTHING)
     }
  :: atomic { todo != NOTHING -> settle(0); busy[0] = (todo != NOTHING) }
  od
}

#ifndef NO_BACKSTOP
active proctype backstop() {
  short k, passed;
  byte todo, to, slotShard, shard, ahead;
  bool half;
  do
  :: atomic { todo == NOTHING && !half && backstopIn == 0 -> backstopIn = BACKSTOP;
       if :: shard = HELD; look(0); half = true :: fault /* it is not fired, or crashes */ fi;
       busy[1] = half
     }
  :: atomic { todo == NOTHING && half -> shard = DORMANT; look(0); half = false; shard = 0; busy[1] = (todo != NOTHING) }
  :: atomic { todo != NOTHING -> settle(1); busy[1] = (half || todo != NOTHING) }
  od
}
#endif

inline fire(shard) {
  if
  :: timer[shard] & 1 ->
     if :: fault /* lost */ :: fired[shard] = true; early[shard] = false fi
  :: else
  fi;
  timer[shard] = timer[shard] & ~1;
  armed[shard] = false;
  if
  :: (timer[shard] & 2) && !fired[shard] -> timer[shard] = timer[shard] & ~2; fired[shard] = true; early[shard] = true; armed[shard] = true
  :: skip
  fi
}

inline pass(x) { x = (x > PAST -> x - 1 : PAST) }

/* A sweep takes less than a tick, but for a fault. */
active proctype time() {
  do
  :: atomic {
       if
       :: (!fired[HELD] && !fired[DORMANT] && !busy[0] && !busy[1] && backstopIn > 0)
       :: fault /* late, or slow */
       fi;
       early[HELD] = false; early[DORMANT] = false;
       pass(lease); pass(job); pass(due); pass(slot[0]); pass(slot[1]);
       if :: busy[0] -> pass(clock[0]) :: else fi;
       if :: busy[1] -> pass(clock[1]) :: else fi;
       phase = (phase + 1) % SLOT;
       timer[HELD] = timer[HELD] >> 1; timer[DORMANT] = timer[DORMANT] >> 1;
       fire(HELD); fire(DORMANT);
#ifndef NO_BACKSTOP
       backstopIn = (backstopIn > 0 -> backstopIn - 1 : 0);
#endif
       waits = owed;
       overdue = (!waits || LATEST == NOT_ASKED -> 0 : overdue + 1);
       assert(overdue <= LATEST);                   /* announced in time */
       acted = false
     }
  od
}

/* Never silent: faults are finitely many, and after them whatever is owed is announced. */
ltl everyEndIsAnnounced { [] (waits -> <> !waits) }
