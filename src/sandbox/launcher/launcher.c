// Forker -> supervisor -> init -> worker. The supervisor stays outside and measures; init is process 1 of the worker's namespace and
// reaps what the worker leaves behind; in the base layer, which has no namespaces, the worker is the supervisor's child.
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

_Noreturn void fail(const char *step) {
  const int error = errno;
  dprintf(CONTROL_FD, "{\"failed\":\"%s\",\"errno\":%d}\n", step, error);
  _exit(EXIT_NOT_STARTED);
}

void require(bool worked, const char *step) {
  if (!worked) fail(step);
}

_Noreturn void fail_to_limit(const struct limit *limit) {
  char step[64];
  snprintf(step, sizeof step, "set the limit %s to %llu", limit->name, (unsigned long long)limit->value);
  fail(step);
}

static void prepare(void) {
  require(setsid() >= 0 || errno == EPERM, "setsid");
  require(syscall(SYS_close_range, LAST_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0, "close_range");
  require(fcntl(FRAMES_FD, F_SETFD, FD_CLOEXEC) == 0 && fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC) == 0, "descriptors");
}

static pid_t fork_apart(const struct plan *plan) {
  const unsigned long user = plan->drops ? 0 : CLONE_NEWUSER;
  const unsigned long apart = plan->full ? user | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS : 0;
  const pid_t child = (pid_t)syscall(SYS_clone, apart | SIGCHLD, 0, 0, 0, 0);
  require(child >= 0, plan->full ? "namespaces" : "fork");
  return child;
}

static void launch(const struct request *request) {
  static struct plan plan;
  int gate[2];
  prepare();
  read_plan(&plan, request);
  open_reports();
  require(pipe2(gate, O_CLOEXEC) == 0, "pipe");
  // Only before there is a namespace: inside, it is denied for good.
  if (plan.drops) require(setgroups(0, NULL) == 0, "drop groups");
  // Else the maps of the child belong to root, and we may not write them.
  require(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0, "dumpable");

  const pid_t self = getpid();
  const pid_t child = fork_apart(&plan);
  if (child == 0) {
    signal(SIGPIPE, SIG_DFL);
    close(gate[1]);
    close_reports_outside();
    if (plan.full) run_init(&plan, gate[0]);
    run_alone(&plan, gate[0], self);
  }
  // The child alone holds its ends: their end tells of it.
  close(STDOUT_FILENO);
  close(STDERR_FILENO);
  close(FRAMES_FD);
  close_reports_inside();
  close(gate[0]);
  supervise(&plan, child, gate[1]);
}

int main(int count, char **words) {
  static struct request request;
  static struct server server;
  // A server that does not listen any more is an error to be told, and no end without a word.
  signal(SIGPIPE, SIG_IGN);
  server.pid = getppid();
  if (count != 2 || strlen(words[1]) > MAX_NAME_BYTES) return EXIT_NOT_STARTED;
  strcpy(server.socket_name, words[1]);
  // Init is a copy of this program, and everybody in its namespace can read its command line.
  for (int i = 0; i < count; i++) memset(words[i], 0, strlen(words[i]));
  // Nobody waits for a supervisor: what it has to say, it says to the server.
  signal(SIGCHLD, SIG_IGN);
  while (await_request(&request)) {
    const pid_t made = fork();
    if (made < 0) refuse_request(&request, "fork", errno);
    if (made != 0) continue;
    signal(SIGCHLD, SIG_DFL);
    connect_to_server(&server, &request);
    launch(&request);
    return 0;
  }
  return 0;
}
