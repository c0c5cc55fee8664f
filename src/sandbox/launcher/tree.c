// What a worker and all that it started have now, by /proc. The kernel's own limits count one process at a time, give back
// what is made read-only again, and do not count the tables of what is only read.
#include "launcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_PROCESSES = 1024, FIELDS_BEFORE_TIMES = 11 };

// False: it is gone, or there is no such file.
static bool read_of(const char *path, char *to, size_t size) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t got = read(file, to, size - 1);
  close(file);
  if (got < 0) return false;
  to[got] = '\0';
  return true;
}

static long long kilobytes(const char *status, const char *name) {
  const char *line = strstr(status, name);
  return line == NULL ? 0 : strtoll(line + strlen(name), NULL, 10);
}

static void add_memory(struct tree *tree, pid_t pid) {
  char path[64], status[4096];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  if (!read_of(path, status, sizeof status)) return;
  // Not what is mapped from files: Node's own program would count for each of its processes.
  tree->bytes += 1024 * (kilobytes(status, "\nRssAnon:") + kilobytes(status, "\nRssShmem:") + kilobytes(status, "\nVmPTE:"));
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

static size_t add_children(pid_t *pids, size_t count, pid_t pid, const char *thread) {
  char path[300], children[8192];
  snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, thread);
  if (!read_of(path, children, sizeof children)) return count;
  char *at = children, *end;
  for (long child = strtol(at, &end, 10); end != at && count < MOST_PROCESSES; child = strtol(at, &end, 10)) {
    pids[count++] = (pid_t)child;
    at = end;
  }
  return count;
}

// A child belongs to the thread that made it.
static size_t add_children_of_all(pid_t *pids, size_t count, pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *threads = opendir(path);
  if (threads == NULL) return count;
  for (const struct dirent *thread = readdir(threads); thread != NULL; thread = readdir(threads))
    if (*thread->d_name != '.') count = add_children(pids, count, pid, thread->d_name);
  closedir(threads);
  return count;
}

struct tree look_at_tree(pid_t root, bool has_children) {
  static pid_t pids[MOST_PROCESSES];
  struct tree tree = {0};
  size_t count = 0;
  pids[count++] = root;
  for (size_t i = 0; i < count; i++) {
    add_memory(&tree, pids[i]);
    add_time(&tree, pids[i]);
    if (has_children) count = add_children_of_all(pids, count, pids[i]);
  }
  const long long counted = counted_us();
  if (has_children && counted >= 0) tree.cpu_us = counted;
  return tree;
}
