// The supervisor: lets the worker in, obeys the server, watches clocks and the filter, and says at the end what was used.
#include "launcher.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { END_GRACE_MS = 2000, LOOK_MS = 50, LOOK_AT_REST_MS = 500, YIELD_AGAIN_MS = 100, NOBODY = -1 };

// Of CPU time, for what Node does by itself between two calls; code that an earlier call left behind needs more.
enum { AT_REST_US = 250000 };

struct supervision {
  const struct plan *plan;
  pid_t child, worker; // The worker as this namespace counts; 0 until it has started.
  int gate; // Where the child waits to be let in.
  int listener; // Of calls that the filter denies by ending the worker.
  long started_ms, deadline_ms, kill_ms; // 0: none.
  long call_began_us, call_cpu_us; // Of CPU time; what was used at rest belongs to no call. The second 0: no limit.
  long long tree_began_us; // The same of the tree, where it has processes.
  long exact_after_ms; // An exact look at the memory takes long: the next is due after twice as long.
  long long known_us; // Of the tree, when it was last looked at before init was killed, who alone reaps what was used.
  int worker_status, denied_call;
  bool worker_ended, limits_cpu, yields, in_call;
  const char *ended_by;
};

static long now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long long most(long long one, long long other) { return one > other ? one : other; }

// ---------------------------------------------------------------- ending

static void end_child(struct supervision *run, const char *by) {
  if (run->kill_ms != 0) return;
  run->ended_by = by;
  run->kill_ms = now_ms() + END_GRACE_MS;
  // Init kills and reaps, so that nothing that was used is lost. In the base layer the worker is the child, and what still
  // prepares hears nothing: it may hang where a file system does.
  kill(run->child, run->worker == 0 || run->child == run->worker ? SIGKILL : SIGTERM);
}

// Only now: the kernel counts descriptors on their way between all processes of a user, and lets nobody send one who has a
// limit below that number: a worker could stop the next ones from starting. One with a user of its own could not, and has set it.
static void limit_files(const struct supervision *run) {
  // Its number may be somebody else's by now.
  if (run->worker_ended) return;
  for (size_t i = 0; i < run->plan->limit_count; i++) {
    const struct limit *limit = &run->plan->limits[i];
    const struct rlimit both = {limit->value, limit->value};
    if (limit->resource != RLIMIT_NOFILE || run->plan->drops) continue;
    if (prlimit(run->worker, RLIMIT_NOFILE, &both, NULL) != 0 && errno != ESRCH) fail_to_limit(limit);
  }
}

static void heed_report(struct supervision *run) {
  struct heard heard;
  if (!hear_report(&heard)) return;
  if (heard.report.type == AT_GATE) {
    if (run->kill_ms == 0) let_in(run->plan, run->child, run->gate);
    return;
  }
  if (heard.report.type == WORKER_ENDED) {
    run->worker_ended = true;
    run->worker_status = heard.report.value;
    return;
  }
  run->worker = heard.from;
  run->listener = heard.listener;
  limit_files(run);
  dprintf(CONTROL_FD, "{\"started\":%d,\"landlock\":%d,\"proc\":%s,\"counted\":%s}\n", run->worker, heard.report.value,
          heard.report.has_proc ? "true" : "false", counted_us() < 0 ? "false" : "true");
}

// The thread that made the call waits in it until it is killed: it is never made.
static void heed_denied_call(struct supervision *run) {
  // The kernel writes as much as it knows of, which may be more than the headers say.
  static union {
    struct seccomp_notif call;
    char room[4096];
  } denied;
  memset(&denied, 0, sizeof denied);
  if (ioctl(run->listener, SECCOMP_IOCTL_NOTIF_RECV, &denied) != 0) {
    // Nobody is left who could call, or a signal took the caller away.
    if (errno != ENOENT && errno != EINTR) run->listener = NOBODY;
    return;
  }
  if (run->kill_ms == 0) run->denied_call = denied.call.data.nr;
  end_child(run, "denied");
}

// ---------------------------------------------------------------- clocks and orders

// Of all threads of a process; -1 when it is gone.
static long cpu_us_of(pid_t pid) {
  clockid_t clock;
  struct timespec used;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return -1;
  return used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

// A process that the worker started has a clock of its own. Init counts too, as in what is said at the end: else the room
// that it built would be the first call's. -1 when the worker is gone.
static long worker_cpu_us(const struct supervision *run) {
  if (run->worker_ended) return -1; // Its number may be another one's.
  const long worker = cpu_us_of(run->worker);
  const long init = run->child == run->worker ? 0 : cpu_us_of(run->child);
  return worker < 0 || init < 0 ? worker : worker + init;
}

// 0 where it is too soon to know. A tree whose processes share most of their memory would keep a processor busy with being looked at.
static long long exact_bytes(struct supervision *run) {
  const long began_ms = now_ms();
  if (began_ms < run->exact_after_ms) return 0;
  const long long bytes = share_of_tree();
  run->exact_after_ms = now_ms() + 2 * (now_ms() - began_ms);
  return bytes;
}

// Memory, and the CPU time of processes that the worker has started, as they are now.
static const char *exceeded_by_tree(struct supervision *run) {
  const struct plan *plan = run->plan;
  if (run->worker == 0 || run->worker_ended || (plan->memory_bytes == 0 && !plan->starts_processes)) return NULL;
  const struct tree tree = look_at_tree(plan->starts_processes ? run->child : run->worker, plan->starts_processes);
  if (plan->memory_bytes != 0 && tree.bytes > plan->memory_bytes && exact_bytes(run) > plan->memory_bytes) return "memory";
  return run->in_call && plan->starts_processes && tree.cpu_us - run->tree_began_us > run->call_cpu_us ? "cpu" : NULL;
}

// Of what is left then, nobody hears what it used: the kernel reaps it for nobody.
static void kill_child(struct supervision *run) {
  run->known_us = most(run->known_us, look_at_tree(run->child, true).cpu_us);
  kill(run->child, SIGKILL);
  run->kill_ms = now_ms() + END_GRACE_MS;
}

static void watch_clocks(struct supervision *run) {
  if (run->kill_ms != 0) {
    if (now_ms() >= run->kill_ms) kill_child(run);
    return;
  }
  if (run->deadline_ms != 0 && now_ms() >= run->deadline_ms) return end_child(run, "wall");
  if (run->call_cpu_us != 0 && worker_cpu_us(run) - run->call_began_us > run->call_cpu_us) return end_child(run, "cpu");
  const char *exceeded = exceeded_by_tree(run);
  if (exceeded != NULL) end_child(run, exceeded);
}

// Also for what the worker starts, one process at a time: those have clocks that nobody looks at. A limit of the kernel
// cannot be raised again for another call; in the base layer nothing is started, and it would need a right of root.
static void limit_cpu(const struct supervision *run) {
  if (run->worker_ended) return;
  const rlim_t seconds = (rlim_t)(run->call_began_us + run->call_cpu_us) / 1000000 + 2;
  const struct rlimit both = {seconds, seconds};
  if (prlimit(run->worker, RLIMIT_CPU, &both, NULL) != 0 && errno != ESRCH) fail("limit the processor time");
}

static void begin_call(struct supervision *run, long wall_ms, long cpu_ms) {
  const long now = worker_cpu_us(run);
  run->deadline_ms = now_ms() + wall_ms;
  if (now >= 0) run->call_began_us = now;
  run->call_cpu_us = cpu_ms * 1000;
  run->in_call = true;
  if (run->plan->starts_processes) run->tree_began_us = look_at_tree(run->child, true).cpu_us;
  if (run->limits_cpu) limit_cpu(run);
}

// It may wait for the next call as long as it likes, but not work.
static void rest(struct supervision *run) {
  const long now = worker_cpu_us(run);
  if (now >= 0) dprintf(CONTROL_FD, "{\"usedUs\":%ld,\"peakBytes\":%lld}\n", now - run->call_began_us, peak_of(run->worker));
  run->deadline_ms = 0;
  run->in_call = false;
  if (now >= 0) run->call_began_us = now;
  run->call_cpu_us = AT_REST_US;
}

static void obey(struct supervision *run, const char *line) {
  long wall_ms, cpu_ms;
  if (strcmp(line, "end") == 0) end_child(run, "order");
  else if (strcmp(line, "rest") == 0) rest(run);
  else if (sscanf(line, "call %ld %ld", &wall_ms, &cpu_ms) == 2) begin_call(run, wall_ms, cpu_ms);
  else end_child(run, "unknown order");
}

static void heed_orders(struct supervision *run) {
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

static int ms_to_wait(const struct supervision *run) {
  const long due = run->kill_ms != 0 ? run->kill_ms : run->deadline_ms;
  long wait = due == 0 ? INT32_MAX : due - now_ms();
  const long look = run->in_call ? LOOK_MS : LOOK_AT_REST_MS;
  if (run->kill_ms == 0 && run->call_cpu_us != 0 && wait > look) wait = look;
  if (!run->yields && wait > YIELD_AGAIN_MS) wait = YIELD_AGAIN_MS;
  return wait < 0 ? 0 : wait >= INT32_MAX ? -1 : (int)wait;
}

static void watch(struct supervision *run) {
  enum { CHILD, REPORTS, LISTENER, ORDERS, WATCHED };
  const int child = (int)syscall(SYS_pidfd_open, run->child, 0);
  require(child >= 0, "watch the child");
  for (;;) {
    // A negative descriptor is passed over.
    struct pollfd watched[WATCHED] = {
      [CHILD] = {child, POLLIN, 0},
      [REPORTS] = {reports_to_hear(), POLLIN, 0},
      [LISTENER] = {run->listener, POLLIN, 0},
      [ORDERS] = {run->kill_ms == 0 ? CONTROL_FD : NOBODY, POLLIN, 0},
    };
    if (poll(watched, WATCHED, ms_to_wait(run)) < 0) continue;
    if (watched[REPORTS].revents != 0) heed_report(run);
    if (watched[LISTENER].revents & POLLIN) heed_denied_call(run);
    else if (watched[LISTENER].revents != 0) run->listener = NOBODY;
    if (watched[CHILD].revents != 0) break;
    if (watched[ORDERS].revents != 0) heed_orders(run);
    watch_clocks(run);
    if (!run->yields) run->yields = yield_session();
  }
  heed_report(run);
}

static long long us_of(struct timeval time) { return time.tv_sec * 1000000LL + time.tv_usec; }

static void say_ended(struct supervision *run) {
  struct rusage used;
  int status = 0;
  while (wait4(run->child, &status, 0, &used) < 0 && errno == EINTR) {}
  if (run->worker_ended) status = run->worker_status;
  const long long reaped_us = us_of(used.ru_utime) + us_of(used.ru_stime);
  dprintf(CONTROL_FD,
          "{\"ended\":{\"code\":%d,\"signal\":%d,\"by\":\"%s\",\"denied\":%d,\"cpuUs\":%lld,\"beforeCallUs\":%ld,"
          "\"peakBytes\":%lld,\"wallMs\":%ld}}\n",
          WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0, run->ended_by, run->denied_call,
          most(most(reaped_us, run->known_us), counted_us()), run->call_began_us, (long long)used.ru_maxrss * 1024,
          now_ms() - run->started_ms);
}

void supervise(const struct plan *plan, pid_t child, int gate) {
  struct supervision run = {
    .plan = plan, .child = child, .gate = gate, .listener = NOBODY, .denied_call = NOBODY, .started_ms = now_ms(), .ended_by = "itself", .limits_cpu = plan->full && !plan->reused};
  if (plan->wall_ms != 0) run.deadline_ms = run.started_ms + plan->wall_ms;
  run.yields = yield_session();
  watch(&run);
  say_ended(&run);
}
