// Supervisor -> init -> worker. The supervisor stays outside and measures; init is process 1 of the worker's namespace and
// reaps what the worker leaves behind; in the base layer, which has no namespaces, the worker is the supervisor's child.
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { INNER_ID = 1000, END_GRACE_MS = 2000 };
// Messages of init and worker to the supervisor.
struct report {
  enum { TO_BE_MAPPED, STARTED, WORKER_ENDED } type;
  int value; // The Landlock ABI, or the wait status.
  bool has_proc;
};

static int reports[2]; // Supervisor, inside.
static bool room_has_proc = true;

_Noreturn void fail(const char *step) {
  const int error = errno;
  dprintf(CONTROL_FD, "{\"failed\":\"%s\",\"errno\":%d}\n", step, error);
  _exit(EXIT_NOT_STARTED);
}

void require(bool worked, const char *step) {
  if (!worked) fail(step);
}

static void report(struct report message) {
  require(send(reports[1], &message, sizeof message, MSG_NOSIGNAL) == sizeof message, "report");
}

static void say_started(int landlock_abi) {
  report((struct report){.type = STARTED, .value = landlock_abi, .has_proc = room_has_proc});
}

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void die_with(pid_t parent) {
  require(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && (parent == 0 || getppid() == parent), "die with the supervisor");
}

// ---------------------------------------------------------------- inside

static void end_all(int signal) {
  (void)signal;
  kill(-1, SIGKILL); // Everybody in this namespace but this process itself.
}

// Root builds the room with the rights that it has, as the plan may name what only root can reach, and gives them up by a
// user namespace in which it is nobody. Everybody else needs that namespace to have any rights at all.
static void enter_room(const struct plan *plan, int gate) {
  char open_gate;
  if (plan->drops) {
    room_has_proc = build_room(plan);
    require(unshare(CLONE_NEWUSER) == 0, "namespaces");
  }
  report((struct report){.type = TO_BE_MAPPED});
  require(read(gate, &open_gate, 1) == 1, "wait for the mapping");
  require(setresgid(INNER_ID, INNER_ID, INNER_ID) == 0 && setresuid(INNER_ID, INNER_ID, INNER_ID) == 0, "take the mapped ids");
  if (!plan->drops) room_has_proc = build_room(plan);
}

_Noreturn static void run_init(const struct plan *plan, int gate) {
  enter_room(plan, gate);
  die_with(0);
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
      report((struct report){.type = WORKER_ENDED, .value = status});
      kill(-1, SIGKILL);
    }
    // Reaped one by one, what they used counts for us, and so for the supervisor.
    if (gone < 0 && errno == ECHILD) _exit(0);
  }
}

// ---------------------------------------------------------------- outside

static void write_file(pid_t pid, const char *name, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  require(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text), name);
  close(file);
}

static void map_ids(const struct plan *plan, pid_t pid) {
  char map[64];
  snprintf(map, sizeof map, "%d %u 1", INNER_ID, plan->drops ? plan->uid : geteuid());
  write_file(pid, "uid_map", map);
  write_file(pid, "setgroups", "deny");
  snprintf(map, sizeof map, "%d %u 1", INNER_ID, plan->drops ? plan->gid : getegid());
  write_file(pid, "gid_map", map);
}

// False when the child has failed before: it has said why.
static bool let_in(const struct plan *plan, pid_t child, int gate) {
  struct report message;
  if (recv(reports[0], &message, sizeof message, 0) != sizeof message) return false;
  map_ids(plan, child);
  require(write(gate, "!", 1) == 1, "open the gate");
  return true;
}

struct supervision {
  pid_t child, worker; // The worker as this namespace counts.
  long started_ms, deadline_ms, kill_ms;
  int worker_status;
  bool worker_ended;
  const char *ended_by;
};

static void end_child(struct supervision *run, const char *by) {
  if (run->kill_ms != 0) return;
  run->ended_by = by;
  run->kill_ms = now_ms() + END_GRACE_MS;
  // Init kills and reaps, so that nothing that was used is lost. In the base layer the worker is the child.
  kill(run->child, run->child == run->worker ? SIGKILL : SIGTERM);
}

static void hear_report(struct supervision *run) {
  struct report message;
  char room[CMSG_SPACE(sizeof(struct ucred))];
  struct iovec part = {&message, sizeof message};
  struct msghdr envelope = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (recvmsg(reports[0], &envelope, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != sizeof message) return;
  if (message.type == WORKER_ENDED) {
    run->worker_ended = true;
    run->worker_status = message.value;
    return;
  }
  // The kernel says who sent it, in our own numbers.
  for (struct cmsghdr *part_of = CMSG_FIRSTHDR(&envelope); part_of != NULL; part_of = CMSG_NXTHDR(&envelope, part_of))
    if (part_of->cmsg_type == SCM_CREDENTIALS) run->worker = ((struct ucred *)(void *)CMSG_DATA(part_of))->pid;
  dprintf(CONTROL_FD, "{\"started\":%d,\"landlock\":%d,\"proc\":%s}\n", run->worker, message.value, message.has_proc ? "true" : "false");
}

// `end`, or `wall <ms from now>`; 0: no limit.
static void obey(struct supervision *run, const char *line) {
  long ms;
  if (strcmp(line, "end") == 0) end_child(run, "order");
  else if (sscanf(line, "wall %ld", &ms) == 1) run->deadline_ms = ms == 0 ? 0 : now_ms() + ms;
  else end_child(run, "unknown order");
}

static void hear_orders(struct supervision *run) {
  static char line[256];
  static size_t length;
  const ssize_t got = read(CONTROL_FD, line + length, sizeof line - 1 - length);
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
  // The server is gone, or speaks nonsense.
  if (got <= 0) return end_child(run, "orphaned");
  length += (size_t)got;
  line[length] = '\0';
  for (char *end = strchr(line, '\n'); end != NULL; end = strchr(line, '\n')) {
    *end = '\0';
    obey(run, line);
    length -= (size_t)(end + 1 - line);
    memmove(line, end + 1, length + 1);
  }
  if (length == sizeof line - 1) end_child(run, "unknown order");
}

static int ms_left(const struct supervision *run) {
  const long due = run->kill_ms != 0 ? run->kill_ms : run->deadline_ms;
  if (due == 0) return -1;
  const long left = due - now_ms();
  return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

static void supervise(struct supervision *run) {
  const int child = (int)syscall(SYS_pidfd_open, run->child, 0);
  require(child >= 0, "watch the child");
  struct pollfd watched[] = {{child, POLLIN, 0}, {reports[0], POLLIN, 0}, {CONTROL_FD, POLLIN, 0}};
  for (;;) {
    const int ready = poll(watched, run->kill_ms != 0 ? 2 : 3, ms_left(run));
    if (ready < 0) continue;
    if (watched[1].revents & POLLIN) hear_report(run);
    if (watched[0].revents != 0) break;
    if (run->kill_ms == 0 && watched[2].revents != 0) hear_orders(run);
    if (run->kill_ms != 0 && now_ms() >= run->kill_ms) kill(run->child, SIGKILL);
    else if (run->deadline_ms != 0 && now_ms() >= run->deadline_ms) end_child(run, "wall");
  }
  hear_report(run);
}

static void say_ended(struct supervision *run) {
  struct rusage used;
  int status = 0;
  while (wait4(run->child, &status, 0, &used) < 0 && errno == EINTR) {}
  if (run->worker_ended) status = run->worker_status;
  dprintf(CONTROL_FD,
          "{\"ended\":{\"code\":%d,\"signal\":%d,\"by\":\"%s\",\"userMs\":%ld,\"systemMs\":%ld,\"peakBytes\":%lld,\"wallMs\":%ld}}\n",
          WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0, run->ended_by,
          used.ru_utime.tv_sec * 1000 + used.ru_utime.tv_usec / 1000, used.ru_stime.tv_sec * 1000 + used.ru_stime.tv_usec / 1000,
          (long long)used.ru_maxrss * 1024, now_ms() - run->started_ms);
}

int main(void) {
  static struct plan plan;
  int gate[2];
  require(setsid() >= 0 || errno == EPERM, "setsid");
  require(syscall(SYS_close_range, LAST_FD + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0, "close_range");
  require(fcntl(FRAMES_FD, F_SETFD, FD_CLOEXEC) == 0 && fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC) == 0, "descriptors");
  signal(SIGPIPE, SIG_IGN);
  read_plan(&plan);
  require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, reports) == 0 && pipe2(gate, O_CLOEXEC) == 0, "sockets");
  const int yes = 1;
  require(setsockopt(reports[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0, "credentials");
  // Only before there is a namespace: inside, it is denied for good.
  if (plan.drops) require(setgroups(0, NULL) == 0, "drop groups");
  // Else the maps of the child belong to root, and we may not write them.
  require(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0, "dumpable");

  const unsigned long apart = (plan.drops ? 0 : CLONE_NEWUSER) | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  const pid_t self = getpid();
  struct supervision run = {.started_ms = now_ms(), .ended_by = "itself"};
  run.child = (pid_t)syscall(SYS_clone, (plan.full ? apart : 0) | SIGCHLD, 0, 0, 0, 0);
  require(run.child >= 0, plan.full ? "namespaces" : "fork");
  if (run.child == 0) {
    signal(SIGPIPE, SIG_DFL);
    close(gate[1]);
    close(reports[0]);
    if (plan.full) run_init(&plan, gate[0]);
    if (plan.drops) require(setresgid(plan.gid, plan.gid, plan.gid) == 0 && setresuid(plan.uid, plan.uid, plan.uid) == 0, "drop root");
    die_with(self);
    become_worker(&plan, say_started);
  }
  // The child alone holds its ends: their end tells of it.
  close(FRAMES_FD);
  close(reports[1]);
  close(gate[0]);
  if (plan.wall_ms != 0) run.deadline_ms = now_ms() + plan.wall_ms;
  if (!plan.full || let_in(&plan, run.child, gate[1])) supervise(&run);
  say_ended(&run);
  return 0;
}
