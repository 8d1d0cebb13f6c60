/*
 * The seat protocol: who holds a seat, and until when. One seat, two stations (web applications) and an operator; their
 * messages, late, repeated and in any order; functions that guess, write on a condition and decide again; a sweep.
 * Docs and the table of actions: README.md beside this file.
 *
 * -DBREAK_... plants one fault each; a comment behind an assertion names the property.
 */

/* Lengths, in ticks. */
#define MARGIN 1   /* CLOCK_MARGIN */
#define LEASE 2
#define MAXIMUM 3
#ifndef MESSAGES
#define MESSAGES 3
#endif
#ifndef TICKS
#define TICKS 6    /* how long the world lasts; 0: the order of messages alone */
#endif
#ifndef FUNCTIONS
#define FUNCTIONS 2 /* requests under way at once */
#endif

#define LOGIN 0
#define TAKE_OVER 1  /* a login that may end another session */
#define LOGOUT 2     /* without a handle: whatever this user has open here */
#define LOGOUT_OF 3  /* with a session's handle */
#define PING 4       /* with a session's handle */
#define OPERATOR 5   /* ends the session of that handle */

/* Messages: `id` is also the order in which they were said, which is what occurredAt tells of one station's. */
byte said;
byte kind[MESSAGES + 1];
byte from[MESSAGES + 1];
byte handle[MESSAGES + 1];
byte saidAt[MESSAGES + 1];

/* The item. */
#define VACANT 0
#define OPEN 1
#define ENDED 2
byte state, epoch, station, heardAt, leaseAt, maximumAt;
byte openedBy, previousId;      /* logins */
byte latest, previousLatest;    /* sayings */
byte otherLatest;               /* the last saying of another station than that of `latest` */
bool asRead[3];                 /* not written since this process read it: what epoch and revision tell */

/* The world. */
byte now_ = 1;                  /* a clock reads this or one more */

/* What we know and no function does. */
byte toldEpoch[2], toldUntil[2]; /* what each station was told of its session: it believes that it holds it until then */
bool didOpen[MESSAGES + 1];      /* a login that opened a session, or went on with one */
byte leftBy[2];                  /* the newest logout without a handle that each station was answered */
byte newestEpoch, newestLogin, openedAtGhost, heardAtGhost;
bool byPolicy;                   /* the last session ended by nobody's doing */

#define held (leaseAt < maximumAt -> leaseAt : maximumAt)
#define max(a, b) ((a) > (b) -> (a) : (b))
#define isLive(at) (state == OPEN && held > (at))
#ifdef BREAK_TAKEN_UNTIL_SWEPT
#define isFree(at) (state != OPEN)
#elif defined(BREAK_NO_MARGIN)
#define isFree(at) (state != OPEN || held <= (at))
#else
#define isFree(at) (state != OPEN || held + MARGIN <= (at))
#endif
#define absent (epoch == 0)
#define known(word, s) (word != 0 && from[word] == (s))
/* The seat knows something newer of the same station. */
#ifdef BREAK_NO_ORDER
#define isOvertaken(i) false
#else
#define isOvertaken(i) \
  ((known(latest, from[i]) && latest > i) || (known(previousLatest, from[i]) && previousLatest > i) || \
   (known(otherLatest, from[i]) && otherLatest > i))
#endif
/* The login of which this seat knows that it has done its work. */
#ifdef BREAK_LOGIN_THAT_WENT_ON_FORGOTTEN
#define hasDone(i) (openedBy == i || previousId == i)
#else
#define hasDone(i) (openedBy == i || previousId == i || latest == i || previousLatest == i || otherLatest == i)
#endif
#ifdef BREAK_LATE_LOGIN_OPENS
#define isLate(i, at) false
#else
#define isLate(i, at) (saidAt[i] + LEASE <= (at))
#endif

#ifdef BREAK_EPOCH_IS_THE_CLOCK
#define nextEpoch at
#else
#define nextEpoch max(at, epoch + 1)
#endif

inline written() { asRead[0] = false; asRead[1] = false; asRead[2] = false }

/* The item keeps the newest word of the station that spoke before, too. */
inline hearWord() {
#ifndef BREAK_OTHER_STATION_FORGOTTEN
  if :: latest != 0 && from[latest] != from[i] -> otherLatest = latest :: else fi;
#endif
  latest = i
}

inline tell() { toldEpoch[from[i]] = epoch; toldUntil[from[i]] = held }

/* attempt.ts `apply`, for message `i` of a function that read `at` from its clock; `e` is the new epoch, or instant. */
inline open(takesOver) {
  assert(e > epoch && e > newestEpoch);             /* epochs grow */
  assert(!didOpen[i]);                              /* never back: no delivery opens twice */
  assert(leftBy[from[i]] < i);                      /* never back: nor after its own logout */
  assert(at < saidAt[i] + LEASE);                   /* never back: nor arriving after its own first deadline */
  byPolicy = ((state == ENDED && byPolicy) || (state == OPEN && !takesOver)) && station != from[i];
  /* Whoever held it by its last word believes so no more, by the slowest clock; take-overs, logouts and operators aside. */
  assert(!(byPolicy && toldEpoch[station] == epoch && toldUntil[station] > now_)); /* never two */
  assert(!(byPolicy && held > now_));               /* never early */
  assert(!(state == OPEN && !takesOver && held > at)); /* never early: not even for its own station */
  if :: state != VACANT -> previousId = openedBy :: else fi;
  previousLatest = latest; hearWord();
  state = OPEN; epoch = e; station = from[i]; openedBy = i;
  heardAt = at; leaseAt = at + LEASE; maximumAt = at + MAXIMUM;
  newestEpoch = e; newestLogin = i; openedAtGhost = at; heardAtGhost = at; didOpen[i] = true; byPolicy = false; written()
}

/* attempt.ts `renew`, by a ping or by the same user's next login. */
inline renew() {
  assert(state == OPEN && station == from[i]);      /* never back: what has ended is not renewed */
  assert(kind[i] != PING || handle[i] == epoch);    /* never back: only the session that is named */
  heardAt = e; leaseAt = e + LEASE;
#ifdef BREAK_PINGS_MOVE_THE_MAXIMUM
  maximumAt = e + MAXIMUM;
#endif
  if :: kind[i] != PING -> hearWord(); didOpen[i] = true; newestLogin = i :: else fi;
  heardAtGhost = max(e, heardAtGhost); written()
}

/* attempt.ts `end`, by a logout or an operator. */
inline end_() {
  assert(state == OPEN);                            /* never back: what has ended is not ended again */
  assert((kind[i] != LOGOUT_OF && kind[i] != OPERATOR) || handle[i] == epoch); /* never back: only the session that is named */
  assert(kind[i] != LOGOUT || newestLogin < i);     /* never back: it ends nothing newer than itself */
  state = ENDED; byPolicy = false;
  if :: kind[i] != OPERATOR -> hearWord() :: else fi;
  written()
}

/* attempt.ts `keep-word`: nobody sits there, or another station does. */
inline keepWord() {
  if
  :: isLive(at) -> otherLatest = i
  :: else ->
     if :: state == VACANT -> epoch = nextEpoch; newestEpoch = epoch :: else fi;
     hearWord()
  fi;
  written()
}

#define NOTHING 0
#define GUESS 1
#define DO_OPEN 2
#define DO_TAKE_OVER 3
#define DO_RENEW 4
#define DO_END 5
#define DO_KEEP 6

/* The guesses: login.ts, sign-of-life.ts, farewell.ts. */
#define guessFree (absent || (isFree(at) && epoch < at && !hasDone(i) && !isOvertaken(i)))
#ifdef BREAK_NO_EPOCH_CHECK
#define isMeant true
#else
#define isMeant (handle[i] == epoch)
#endif
#ifdef BREAK_SIGNS_OF_LIFE_MOVE_BACK
#define nothingSince true
#else
#define nothingSince (heardAt <= at)
#endif
#define guessPing (isLive(at) && isMeant && station == from[i] && nothingSince)
#define guessLogout (isLive(at) && nothingSince && station == from[i] && !isOvertaken(i) && previousLatest != i)
#define guessLogoutOf (isLive(at) && nothingSince && station == from[i] && !isOvertaken(i) && isMeant)
#define guessOperator (isLive(at) && nothingSince && isMeant)
#ifdef BREAK_TAKE_WITHOUT_CONDITION
#define unchanged true
#else
#define unchanged asRead[_pid]
#endif
#define isLogin(i) (kind[i] <= TAKE_OVER)

/* What is right, given what was there when the write was refused. */
inline decide() {
  todo = NOTHING; asRead[_pid] = true;
  if
  :: isLogin(i) ->
     if
     :: absent -> if :: isLate(i, at) :: else -> todo = DO_OPEN fi
     :: else ->
        if
        :: isLive(at) && openedBy == i -> tell()                    /* repeated, or the write that happened */
        :: hasDone(i) && !(isLive(at) && openedBy == i) ->
           if :: isLive(at) && station == from[i] && latest == i -> tell() :: else fi
        :: !hasDone(i) && isLive(at) && station == from[i] ->
           if
           :: isOvertaken(i) -> tell()
           :: !isOvertaken(i) && !isLate(i, at) -> todo = DO_RENEW
           :: else
           fi
        :: !hasDone(i) && !(isLive(at) && station == from[i]) && !isLate(i, at) && !isOvertaken(i) ->
           if
           :: isFree(at) || station == from[i] -> todo = DO_OPEN
           :: !(isFree(at) || station == from[i]) && kind[i] == TAKE_OVER -> todo = DO_TAKE_OVER
           :: !(isFree(at) || station == from[i]) && kind[i] == LOGIN ->
              /* Taken, but not past the lease after the last sign of life, nor past the maximum. */
              assert(at < heardAtGhost + LEASE + MARGIN && at < openedAtGhost + MAXIMUM + MARGIN) /* never late */
           fi
        :: else
        fi
     fi
  :: kind[i] == PING ->
     if
     :: isLive(at) && isMeant && station == from[i] -> todo = DO_RENEW
     :: else -> if :: toldEpoch[from[i]] == handle[i] -> toldUntil[from[i]] = 0 :: else fi
     fi
  :: kind[i] == LOGOUT ->
     if
     :: isLive(at) && station == from[i] -> if :: isOvertaken(i) || previousLatest == i :: else -> todo = DO_END fi
#ifdef BREAK_WORD_NOT_KEPT
     :: else
#else
#ifdef BREAK_WORD_NOT_KEPT_BESIDE_A_HOLDER
     :: !(isLive(at) && station == from[i]) && !isLive(at) && latest != i && !isOvertaken(i) -> todo = DO_KEEP
#else
     :: !(isLive(at) && station == from[i]) && latest != i && otherLatest != i && !isOvertaken(i) -> todo = DO_KEEP
#endif
     :: else
#endif
     fi
  :: kind[i] == LOGOUT_OF -> if :: isLive(at) && isMeant && station == from[i] && !isOvertaken(i) -> todo = DO_END :: else fi
  :: kind[i] == OPERATOR -> if :: isLive(at) && isMeant -> todo = DO_END :: else fi
  fi
}

/* A won write: its answer arrives, or is lost, or it is reported as failed and tried again. */
inline won() {
  if
  :: if
     :: kind[i] != OPERATOR && kind[i] != LOGOUT && kind[i] != LOGOUT_OF -> tell()
     :: kind[i] == LOGOUT_OF || kind[i] == LOGOUT -> toldUntil[from[i]] = 0
     :: else
     fi; todo = NOTHING
  :: todo = NOTHING
  :: skip                                           /* the same write once more */
  fi
}

inline carryOut() {
  if
  :: todo == DO_OPEN -> e = nextEpoch; open(false); e = 0
  :: todo == DO_TAKE_OVER -> e = nextEpoch; open(true); e = 0
  :: todo == DO_RENEW -> e = max(at, heardAt); renew(); e = 0
  :: todo == DO_END -> end_()
  :: todo == DO_KEEP -> keepWord()
  fi
}

inline guess() {
  todo = GUESS;
  if
  :: isLogin(i) && !isLate(i, at) && guessFree -> e = at; open(false); e = 0; won()
  :: kind[i] == PING && guessPing -> e = at; renew(); e = 0; won()
  :: kind[i] == LOGOUT && guessLogout -> end_(); won()
  :: kind[i] == LOGOUT_OF && guessLogoutOf -> end_(); won()
  :: kind[i] == OPERATOR && guessOperator -> end_(); won()
  :: else -> decide()
  fi
}

inline answered() {
  if
  :: todo == NOTHING ->
     if :: kind[i] == LOGOUT -> leftBy[from[i]] = max(leftBy[from[i]], i) :: else fi;
     i = 0; at = 0; asRead[_pid] = false
  :: else
  fi
}

/* keeper.ts `settle`: guess, write, decide again. May crash between any two steps: then it is never seen again. */
active [FUNCTIONS] proctype function() {
  byte i, at, todo, e;
  do
  :: atomic { todo == NOTHING && said > 0 ->
       i = 1; do :: i < said -> i++ :: break od;    /* any message, be it late or a repeat */
       if                                           /* its clock, read up to a tick before the write */
       :: TICKS > 0 && saidAt[i] < now_ && now_ > 1 -> at = now_ - 1
       :: at = now_
       :: TICKS > 0 -> at = now_ + 1
       fi;
       guess(); answered()
     }
  :: atomic { todo == GUESS -> guess(); answered() }
  :: atomic { todo > GUESS ->
       if
       :: unchanged -> carryOut(); won()
       :: else -> decide()
       fi;
       answered()
     }
  od
}

/* What a station, or the operator, says next. */
active proctype people() {
  byte s, k;
  do
  :: atomic { said < MESSAGES ->
       if :: s = 0 :: said > 0 -> s = 1 fi;          /* neither is special: the first to speak is 0 */
       if
       :: TICKS > 0 -> k = LOGIN                     /* without time, a take-over does all that a login does */
#ifndef NO_FAREWELLS
       :: k = TAKE_OVER
       :: k = LOGOUT
       :: toldEpoch[s] != 0 -> k = LOGOUT_OF
       :: state != VACANT && s == 0 -> k = OPERATOR
#endif
       :: toldEpoch[s] != 0 && TICKS > 0 -> k = PING
       fi;
       said++;
       kind[said] = k; from[said] = s; saidAt[said] = (k <= TAKE_OVER -> now_ : 0);
       handle[said] = (k == OPERATOR -> epoch : (k == LOGOUT_OF || k == PING -> toldEpoch[s] : 0));
       s = 0; k = 0
     }
  :: said == MESSAGES -> break
  od
}

#if TICKS > 0
/* due.ts: records an end that has passed by every clock. */
active proctype sweep() {
  do
  :: atomic { state == OPEN &&
#ifdef BREAK_SWEEP_WITHOUT_MARGIN
       held <= now_ + 1
#else
       held + MARGIN <= now_ + 1                    /* by a fast clock */
#endif
       -> asRead[2] = true }
     atomic {
       if
#ifdef BREAK_SWEEP_WITHOUT_CONDITION
       :: state == OPEN ->
#else
       :: asRead[2] ->
#endif
          assert(held <= now_);                     /* never early */
          state = ENDED; byPolicy = true; written()
       :: else
       fi;
       asRead[2] = false
     }
  od
}

active proctype time() {
  do
  :: atomic { now_ <= TICKS -> now_++;
       if :: toldUntil[0] <= now_ -> toldUntil[0] = 0 :: else fi;
       if :: toldUntil[1] <= now_ -> toldUntil[1] = 0 :: else fi
     }
  :: else -> break
  od
}
#endif
