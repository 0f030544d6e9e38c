/* Attach, detach and reap of a client, with clients and brokers that die at every step. One record with
 * its pin word and its member entry is used by two clients one after the other; two processes stand ready
 * to be the broker, of which the role lock lets one. Steps as in middleware/broker: clients.cpp,
 * subscribers.cpp, adoption.cpp.
 *
 * A client that lives finds its pin where it put it; when both clients are gone, the record gets free and
 * nothing of them is left. Controls:
 *   NO_ROLE_LOCK    both brokers act at once
 *   FREE_FIRST      the record is freed before its pin is cleared
 *   NO_FINISH       a new broker leaves a reap as it finds it
 *   TRUST_SILENCE   a client that is merely slow to speak counts as dead
 */

#define CLIENTS 2
#define BROKER_DEATHS 2

mtype = { Free, Reserved, Active, Reaping };
mtype record = Free;
byte owner;               /* client + 1 */
byte pin;                 /* 0: none, else client + 1 */
bool member;              /* the publisher scans the pin */
bool wants[CLIENTS];      /* asked to be attached, not answered */
bool attached[CLIENTS];
bool leaves[CLIENTS];     /* asked to be detached */
bool dead[CLIENTS];
bool gone[CLIENTS];       /* detached, or reaped */
byte role;                /* 0: nobody holds the lock */
byte broker_deaths;

#define MAY_DIE if :: goto died :: skip fi

proctype client(byte me) {
  wants[me] = true;
  MAY_DIE;
  attached[me];
  MAY_DIE;
  pin = me + 1;
  MAY_DIE;
  /* reads what it holds */
  assert(pin == me + 1 && member && owner == me + 1);
  MAY_DIE;
  pin = 0;
  MAY_DIE;
  leaves[me] = true;
  goto ended;
died:
  dead[me] = true;
ended:
  skip
}

#define BROKER_MAY_DIE if :: broker_deaths < BROKER_DEATHS -> broker_deaths++; goto died :: skip fi

#ifdef TRUST_SILENCE
#define COUNTS_AS_DEAD(c) (dead[c] || (attached[c] && !leaves[c]))
#else
#define COUNTS_AS_DEAD(c) (dead[c])
#endif

#define SERVES_THE_DEAD \
  (record == Active && owner != 0 && (COUNTS_AS_DEAD(owner - 1) || leaves[owner - 1]))
/* Its former broker died before it answered. */
#define UNANSWERED (record == Active && owner != 0 && !attached[owner - 1] && !dead[owner - 1])

/* One word of the record says all this. */
inline give_back() {
  d_step {
    gone[who] = true;
    owner = 0;
    record = Free
  }
}
inline take_back() {
  record = Reaping;
  BROKER_MAY_DIE;
#ifdef FREE_FIRST
  give_back();
  BROKER_MAY_DIE;
  pin = 0;
  member = false;
#else
  pin = 0;
  BROKER_MAY_DIE;
  member = false;
  BROKER_MAY_DIE;
  give_back();
#endif
}

/* Once it has died, whoever needs a broker starts another. */
proctype broker(byte me) {
  byte who;
start:
#ifndef NO_ROLE_LOCK
end_stand_by:
  atomic { role == 0 -> role = me + 1 }
#endif
  /* takes over what it finds */
  if
  :: record == Reserved ->
     member = false;
     d_step { owner = 0; record = Free }
  :: else
  fi;
  BROKER_MAY_DIE;
#ifndef NO_FINISH
  if
  :: atomic { record == Reaping && owner != 0 -> who = owner - 1 }
     take_back()
  :: else
  fi;
#endif
  BROKER_MAY_DIE;
end_serve:
  do
  :: record == Free && wants[0] && !attached[0] && !gone[0] -> who = 0; goto attach
  :: record == Free && wants[1] && !attached[1] && !gone[1] -> who = 1; goto attach
  :: atomic { SERVES_THE_DEAD -> who = owner - 1 }
     take_back()
  :: atomic { UNANSWERED -> who = owner - 1 }
     attached[who] = true
  :: dead[0] && !gone[0] && owner != 1 -> gone[0] = true
  :: dead[1] && !gone[1] && owner != 2 -> gone[1] = true
  od;
attach:
  record = Reserved;
  BROKER_MAY_DIE;
  owner = who + 1;
  member = true;
  BROKER_MAY_DIE;
  record = Active;
  BROKER_MAY_DIE;
  attached[who] = true;
  goto end_serve;
died:
#ifndef NO_ROLE_LOCK
  role = 0;
#endif
  goto start
}

proctype observer() {
  gone[0] && gone[1] && record == Free;
  assert(pin == 0 && !member)
}

init {
  atomic {
    run client(0);
    run client(1);
    run broker(0);
    run broker(1);
    run observer()
  }
}
