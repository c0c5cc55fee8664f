// What runs between the launcher and the worker: init in the full layer, nothing but a drop of rights in the base layer.
#include "launcher.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool room_has_proc = true;

static void say_started(int landlock_abi, int listener) {
  tell((struct report){.type = STARTED, .value = landlock_abi, .has_proc = room_has_proc}, listener);
}

static void die_with(pid_t parent) {
  require(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && (parent == 0 || getppid() == parent), "die with the supervisor");
}

static void wait_at(int gate) {
  char opened;
  tell((struct report){.type = AT_GATE}, -1);
  require(read(gate, &opened, 1) == 1, "wait to be let in");
}

// Root builds the room with the rights that it has, as the plan may name what only root can reach, and gives them up by a
// user namespace in which it is nobody. Everybody else needs that namespace to have any rights at all.
static void enter_room(const struct plan *plan, int gate) {
  if (plan->drops) {
    room_has_proc = build_room(plan);
    require(unshare(CLONE_NEWUSER) == 0, "namespaces");
  }
  wait_at(gate);
  require(setresgid(INNER_ID, INNER_ID, INNER_ID) == 0 && setresuid(INNER_ID, INNER_ID, INNER_ID) == 0, "take the mapped ids");
  if (!plan->drops) room_has_proc = build_room(plan);
}

static void end_all(int signal) {
  (void)signal;
  kill(-1, SIGKILL); // Everybody in this namespace but this process itself.
}

_Noreturn void run_init(const struct plan *plan, int gate) {
  enter_room(plan, gate);
  die_with(0);
  // A signal to one's group knows no namespace: it would reach the supervisor, whose user the worker may be.
  require(setpgid(0, 0) == 0, "leave the group");
  const struct sigaction action = {.sa_handler = end_all};
  require(sigaction(SIGTERM, &action, NULL) == 0, "handle signals");
  const pid_t worker = fork();
  require(worker >= 0, "fork the worker");
  if (worker == 0) become_worker(plan, say_started);
  close(FRAMES_FD);
  close(CONTROL_FD);
  for (;;) {
    int status;
    const pid_t gone = wait(&status);
    if (gone == worker) {
      tell((struct report){.type = WORKER_ENDED, .value = status}, -1);
      kill(-1, SIGKILL);
    }
    // Reaped one by one, what they used counts for us, and so for the supervisor.
    if (gone < 0 && errno == ECHILD) _exit(0);
  }
}

_Noreturn void run_alone(const struct plan *plan, int gate, pid_t supervisor) {
  wait_at(gate);
  if (plan->drops) require(setresgid(plan->gid, plan->gid, plan->gid) == 0 && setresuid(plan->uid, plan->uid, plan->uid) == 0, "drop root");
  die_with(supervisor);
  become_worker(plan, say_started);
}

