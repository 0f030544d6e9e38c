/* One broker at a time, and always another one to come: three processes that take the role, as
 * middleware/broker/role_lock.cpp does it. The lock file can be unlinked by an orderly exit while
 * somebody else already waits for the old one, so who has locked a file looks whether the path still
 * names it. A broker can die at every step, also with a forked child; what it left half done in the
 * pool, its successor finishes before it serves.
 *
 * Two brokers break an assertion; a role that nobody gets is an invalid end state. Controls:
 *   NO_IDENTITY_CHECK     who has locked a file does not look at the path again
 *   UNLINK_AFTER_RELEASE  an orderly exit lets go of the lock, then unlinks
 *   NO_ADOPTION           a successor serves at once
 *   CHILD_KEEPS_LOCK      a forked child keeps the description that holds the lock
 */

#define CONTENDERS 3
#define FILES 5  /* each creation is another file */
#define NONE 255

byte path = NONE;         /* the file that the path names */
byte files;               /* created so far */
byte locker[FILES];       /* 0: nobody, else the contender + 1 */
byte brokers;             /* serving */
bool half_done;           /* a record in the pool is Reserved or Reaping */
byte served;

proctype contender(byte me) {
  byte file;
  bool has_child;
again:
  /* open or create */
  atomic {
    if
    :: path == NONE && files < FILES -> path = files; files++
    :: path != NONE
    fi;
    file = path
  }
  /* flock without waiting: the next one to call the broker tries again when the role is free */
  atomic { locker[file] == 0 -> locker[file] = me + 1 }
  if :: goto died :: skip fi;
#ifndef NO_IDENTITY_CHECK
  if
  :: path != file -> locker[file] = 0; goto again
  :: else
  fi;
#endif
  brokers++;
  assert(brokers == 1);
#ifndef NO_ADOPTION
  half_done = false;
#endif
  if :: brokers--; goto died :: skip fi;
  assert(!half_done);
  half_done = true;         /* reserves a record, or begins to reap */
  if :: brokers--; goto died :: skip fi;
  half_done = false;
  served++;
  if
  :: has_child = true       /* forks */
  :: skip
  fi;
  if
  :: brokers--; goto died
  :: skip
  fi;
  /* leaves in order */
  brokers--;
#ifdef UNLINK_AFTER_RELEASE
  locker[file] = 0;
  if :: path != NONE -> path = NONE :: else fi;
#else
  if :: path == file -> path = NONE :: else fi;
  locker[file] = 0;
#endif
  goto ended;
died:
  /* The kernel drops the lock with the last descriptor of the description; a child has closed its own. */
#ifdef CHILD_KEEPS_LOCK
  if
  :: has_child -> goto ended
  :: else
  fi;
#endif
  locker[file] = 0;
ended:
  skip
}

init {
  atomic {
    run contender(0);
    run contender(1);
    run contender(2)
  }
}
