/* Nobody sleeps for ever, although publishers die: PUBLISHERS (one or two) of MESSAGES messages each, one
 * waiter, and the broker, which kicks the waiter for every publisher that died. The steps are those of
 * middleware/ring/protocol.h, one at a time; a publisher can die after each of them, the broker between
 * any two of its own, and is then followed by another, which starts the reap over. Memory is
 * sequentially consistent here; what weaker orders do is the explorer's to find.
 *
 * An end state in which the waiter still sleeps is invalid, and so is reported. Controls:
 *   NO_KICK         the broker closes the ring of the dead, and wakes nobody
 *   KICK_IF_ASKED   it wakes only a waiter whose sleep word it finds odd, and looks before it closes
 *   BELL_READ_LATE  the waiter reads its bell after its last look
 */

#ifndef PUBLISHERS
#define PUBLISHERS 1
#endif
#ifndef MESSAGES
#define MESSAGES 2
#endif
#ifndef BROKER_DEATHS
#define BROKER_DEATHS 1
#endif

#if PUBLISHERS == 1
#define EACH(action) action(0)
#define BOTH(claim) claim(0)
#else
#define EACH(action) action(0); action(1)
#define BOTH(claim) (claim(0) && claim(1))
#endif

byte newest[PUBLISHERS];  /* committed */
bool closed[PUBLISHERS];  /* no message follows */
bool dead[PUBLISHERS];
bool over[PUBLISHERS];    /* ended in order, or reaped */
bool summary[PUBLISHERS];
byte sleep_word;          /* odd: asleep or about to */
byte bell;
bool queued;              /* in the kernel's queue */
byte broker_deaths;

/* FUTEX_WAKE: the kernel takes the sleeper out of its queue. */
#define futex_wake() queued = false

/* A step, or death before it. */
#define STEP(action) if :: action :: goto died fi

proctype publisher(byte me) {
  byte seen, rung;
next:
  STEP(newest[me]++);
  if
  :: summary[me]
  :: !summary[me] -> goto published
  :: goto died
  fi;
  STEP(seen = sleep_word);
  if
  :: seen % 2 == 1 && seen != rung
  :: else -> goto published
  fi;
  STEP(bell++);
  STEP(futex_wake());
  rung = seen;
published:
  if
  :: newest[me] < MESSAGES -> goto next
  :: else
  fi;
died: /* or ended, which to the broker is the same */
  dead[me] = true
}

/* The holder of the role; it can die before each step. A successor finds what is dead and not reaped, and
 * starts over. */
#define REAP_STEP(action) if :: action :: broker_deaths < BROKER_DEATHS -> broker_deaths++; goto serve fi

proctype broker() {
  byte who, asked;
serve:
end_serve:
  if
  :: dead[0] && !over[0] -> who = 0
#if PUBLISHERS > 1
  :: dead[1] && !over[1] -> who = 1
#endif
  fi;
#ifdef KICK_IF_ASKED
  asked = sleep_word;
#endif
  REAP_STEP(closed[who] = true);
#ifdef NO_KICK
  skip;
#else
#ifdef KICK_IF_ASKED
  if
  :: asked % 2 == 1
  :: else -> goto kicked
  fi;
#endif
  REAP_STEP(bell++);
  REAP_STEP(futex_wake());
kicked:
#endif
  REAP_STEP(over[who] = true);
  goto serve
}

/* Takes what there is; a ring that is closed and drained is left. */
inline take(i) {
  if
  :: closed[i] -> taken[i] = newest[i]; left[i] = true
  :: !closed[i] -> taken[i] = newest[i]
  fi
}
inline mark(i) { summary[i] = true }
inline look(i) { anything = anything || newest[i] > taken[i] || (closed[i] && !left[i]) }

#define HAS_LEFT(i) (left[i])
#define HAS_ALL(i) (taken[i] == newest[i])

proctype waiter() {
  byte bell_seen;
  byte taken[PUBLISHERS];
  bool left[PUBLISHERS];
  bool anything;
again:
  EACH(take);
  if
  :: BOTH(HAS_LEFT) -> goto ended
  :: else
  fi;
#ifndef BELL_READ_LATE
  bell_seen = bell;
#endif
  sleep_word++;
  EACH(mark);
  EACH(look);
#ifdef BELL_READ_LATE
  bell_seen = bell;
#endif
  if
  :: anything -> anything = false
  :: else ->
     atomic { queued = (bell == bell_seen) } /* FUTEX_WAIT */
     !queued
  fi;
  sleep_word++;
  goto again;
ended:
  /* Every message that was committed was taken. */
  assert(BOTH(HAS_ALL))
}

init {
  atomic {
    run publisher(0);
#if PUBLISHERS > 1
    run publisher(1);
#endif
    run broker();
    run waiter()
  }
}
