// The CPU time of all that a worker starts, by a counter of the kernel that no process can leave. /proc and wait4 tell only of
// children that were waited for: those of a process that ignores SIGCHLD are reaped by the kernel, which forgets their time.
#include "launcher.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int counter = -1;
static bool is_group;

// Inherited by every thread and process that comes of it. Many systems let only root have it.
static int open_inherited(pid_t child) {
  struct perf_event_attr wanted = {
    .type = PERF_TYPE_SOFTWARE, .size = sizeof wanted, .config = PERF_COUNT_SW_TASK_CLOCK, .inherit = 1, .exclude_kernel = 1, .exclude_hv = 1};
  return (int)syscall(SYS_perf_event_open, &wanted, child, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void open_counter(const struct plan *plan, pid_t child) {
  // A group that is full is killed as a whole: then nobody has waited for the worker either.
  if (plan->cpu_time != NULL) counter = open(plan->cpu_time, O_RDONLY | O_CLOEXEC);
  is_group = counter >= 0;
  if (counter < 0 && plan->starts_processes) counter = open_inherited(child);
}

long long counted_us(void) {
  static const char first[] = "usage_usec ";
  char text[64];
  uint64_t nanoseconds;
  if (counter < 0) return -1;
  if (!is_group) return read(counter, &nanoseconds, sizeof nanoseconds) == sizeof nanoseconds ? (long long)(nanoseconds / 1000) : -1;
  const ssize_t got = pread(counter, text, sizeof text - 1, 0);
  if (got <= 0) return -1;
  text[got] = '\0';
  // The first line of cpu.stat; else cpuacct.usage, which is one number.
  return strncmp(text, first, sizeof first - 1) == 0 ? strtoll(text + sizeof first - 1, NULL, 10) : strtoll(text, NULL, 10) / 1000;
}
