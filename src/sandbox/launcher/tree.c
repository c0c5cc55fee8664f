// What a worker and all that it started have now, by /proc. The kernel's own limits count one process at a time, give back
// what is made read-only again, and do not count the tables of what is only read.
#include "launcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// As many as the setting allows, and init; a number of each child of one thread, with a space behind it.
enum { MOST_PROCESSES = 1024 + 1, MOST_DIGITS = 7, FIELDS_BEFORE_TIMES = 11 };
// The groups of a user stand before the memory: some have hundreds.
enum { MOST_STATUS = 64 * 1024 };

static const char rss_anon[] = "\nRssAnon:";

// False: it is gone, or there is no such file.
static bool read_of(const char *path, char *to, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  size_t length = 0;
  ssize_t got;
  // The kernel gives no more than a page of such a file at once.
  while ((got = read(file, to + length, size - 1 - length)) > 0) length += (size_t)got;
  close(file);
  to[length] = '\0';
  return got == 0;
}

static long long kilobytes(const char *status, const char *name) {
  const char *line = strstr(status, name);
  return line == NULL ? 0 : strtoll(line + strlen(name), NULL, 10);
}

static DIR *threads_of(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  return opendir(path);
}

// A process whose first thread has ended says nothing of its memory any more; those that live still do.
static bool read_status(pid_t pid, char *status, size_t size) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  if (!read_of(path, status, size)) return false;
  bool found = strstr(status, rss_anon) != NULL;
  DIR *threads = found ? NULL : threads_of(pid);
  if (threads == NULL) return found;
  for (const struct dirent *thread = readdir(threads); thread != NULL && !found; thread = readdir(threads)) {
    snprintf(path, sizeof path, "/proc/%d/task/%s/status", pid, thread->d_name);
    found = *thread->d_name != '.' && read_of(path, status, size) && strstr(status, rss_anon) != NULL;
  }
  closedir(threads);
  return found;
}

long long peak_of(pid_t pid) {
  char status[MOST_STATUS];
  return read_status(pid, status, sizeof status) ? 1024 * kilobytes(status, "\nVmHWM:") : 0;
}

static void add_memory(struct tree *tree, pid_t pid) {
  char status[MOST_STATUS];
  if (!read_status(pid, status, sizeof status)) return;
  // Not what is mapped from files: Node's own program would count for each of its processes.
  tree->bytes += 1024 * (kilobytes(status, rss_anon) + kilobytes(status, "\nRssShmem:") + kilobytes(status, "\nVmPTE:"));
}

// With what its children used that have ended and were waited for.
static void add_time(struct tree *tree, pid_t pid) {
  char path[64], stat[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  if (!read_of(path, stat, sizeof stat)) return;
  // The name in parentheses may hold anything.
  char *at = strrchr(stat, ')');
  for (int field = 0; at != NULL && field < FIELDS_BEFORE_TIMES; field++) at = strchr(at + 2, ' ');
  for (int time = 0; at != NULL && time < 4; time++) tree->cpu_us += strtoll(at, &at, 10) * (1000000 / sysconf(_SC_CLK_TCK));
}

struct member {
  pid_t pid, parent;
};
// Of the last look.
static struct member members[MOST_PROCESSES];
static size_t count;

static void add_children(pid_t pid, const char *thread) {
  static char children[MOST_PROCESSES * (MOST_DIGITS + 1) + 1];
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, thread);
  if (!read_of(path, children, sizeof children)) return;
  // A number that is cut off is another process's.
  char *at = children, *end, *last = strrchr(children, ' ');
  if (last != NULL) *last = '\0';
  for (long child = strtol(at, &end, 10); end != at && count < MOST_PROCESSES; child = strtol(at, &end, 10)) {
    members[count++] = (struct member){(pid_t)child, pid};
    at = end;
  }
}

// A child belongs to the thread that made it.
static void add_children_of_all(pid_t pid) {
  DIR *threads = threads_of(pid);
  if (threads == NULL) return;
  for (const struct dirent *thread = readdir(threads); thread != NULL; thread = readdir(threads))
    if (*thread->d_name != '.') add_children(pid, thread->d_name);
  closedir(threads);
}

struct tree look_at_tree(pid_t root, bool has_children) {
  struct tree tree = {0};
  count = 0;
  members[count++] = (struct member){root, 0};
  for (size_t i = 0; i < count; i++) {
    add_memory(&tree, members[i].pid);
    add_time(&tree, members[i].pid);
    if (has_children) add_children_of_all(members[i].pid);
  }
  const long long counted = counted_us();
  if (has_children && counted >= 0) tree.cpu_us = counted;
  return tree;
}

// As vfork lets a child have that of its parent. The first thread of a process has none once it has ended: two that have none
// are alike for the kernel.
static bool has_memory_of_parent(struct member member) {
  char path[64], status[MOST_STATUS];
  if (member.parent == 0 || syscall(SYS_kcmp, member.pid, member.parent, KCMP_VM, 0, 0) != 0) return false;
  snprintf(path, sizeof path, "/proc/%d/status", member.pid);
  return read_of(path, status, sizeof status) && strstr(status, rss_anon) != NULL;
}

long long share_of_tree(void) {
  char path[64], status[MOST_STATUS], rollup[4096];
  struct tree tree = {0};
  for (size_t i = 0; i < count; i++) {
    const pid_t pid = members[i].pid;
    if (has_memory_of_parent(members[i])) continue;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    // Where it may not be read, or has no word of a process whose first thread has ended, all counts as its own.
    if (!read_of(path, rollup, sizeof rollup) || strstr(rollup, "\nPss_Anon:") == NULL) add_memory(&tree, pid);
    else if (read_status(pid, status, sizeof status))
      tree.bytes += 1024 * (kilobytes(rollup, "\nPss_Anon:") + kilobytes(rollup, "\nPss_Shmem:") + kilobytes(status, "\nVmPTE:"));
  }
  return tree.bytes;
}
