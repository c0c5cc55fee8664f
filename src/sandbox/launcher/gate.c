// Lets a child in that waits at its gate: into its control groups and ids, which only who is outside can give it.
#include "launcher.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void write_file(const char *path, const char *text, const char *step) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  require(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text), step);
  close(file);
}

static void write_map(pid_t pid, const char *name, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
  write_file(path, text, name);
}

static void map_ids(const struct plan *plan, pid_t pid) {
  char map[64];
  snprintf(map, sizeof map, "%d %u 1", INNER_ID, plan->drops ? plan->uid : geteuid());
  write_map(pid, "uid_map", map);
  write_map(pid, "setgroups", "deny");
  snprintf(map, sizeof map, "%d %u 1", INNER_ID, plan->drops ? plan->gid : getegid());
  write_map(pid, "gid_map", map);
}

static void join_groups(const struct plan *plan, pid_t pid) {
  char number[16];
  snprintf(number, sizeof number, "%d", pid);
  for (size_t i = 0; i < plan->group_count; i++) write_file(plan->groups[i], number, "join the control group");
}

void let_in(const struct plan *plan, pid_t child, int gate) {
  join_groups(plan, child);
  open_counter(plan, child);
  if (plan->full) map_ids(plan, child);
  require(write(gate, "!", 1) == 1, "open the gate");
}
