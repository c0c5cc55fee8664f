// The launcher: confines itself step by step and becomes the worker. See docs/sandbox.md for what it promises.
#ifndef ICEOS_LAUNCHER_H
#define ICEOS_LAUNCHER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

enum {
  // Descriptors that the server hands over.
  FRAMES_FD = 3,  // The worker's one way out; it alone keeps it.
  CONTROL_FD = 4, // Status lines to the server, commands from it. Its end is the order to end.
  PLAN_FD = 5,    // The plan, once.
  LAST_FD = PLAN_FD,

  EXIT_NOT_STARTED = 125, // A step failed before any foreign code ran.

  MAX_BINDS = 96,
  MAX_RULES = 128,
  MAX_STRINGS = 48,
  MAX_LIMITS = 12,
  MAX_PATCHES = 32,
};

struct bind {
  const char *source, *target; // Of the machine; in the private root.
  bool executable;
};

struct rule {
  const char *path;
  char access; // 'r': read, 'x': read and execute, 'w': read and write.
};

struct limit {
  int resource;
  rlim_t value;
};

// An instruction of the filter whose constant is known only here.
struct patch {
  unsigned instruction;
  const char *value;
};

struct plan {
  bool full; // Namespaces and a private root; else the base layer.
  bool drops; // Root: maps to `uid` and `gid`, which belong to this worker's slot alone.
  unsigned uid, gid;
  long wall_ms; // From the start; the server may set another. 0: none.
  const char *scratch_options; // Of the scratch's tmpfs; null: there is none.
  const char *program;
  struct bind binds[MAX_BINDS];
  struct rule rules[MAX_RULES];
  struct limit limits[MAX_LIMITS];
  struct patch patches[MAX_PATCHES];
  const char *args[MAX_STRINGS], *env[MAX_STRINGS];
  size_t bind_count, rule_count, limit_count, patch_count, arg_count, env_count;
  struct sock_fprog filter;
};

// Says which step failed, and ends. Nothing foreign has run by then.
_Noreturn void fail(const char *step);
void require(bool worked, const char *step);

// plan.c
void read_plan(struct plan *plan);

// room.c: the private root. Answers whether it has a /proc of its own.
bool build_room(const struct plan *plan);

// confine.c: gives everything up that the plan does not name, and becomes the worker.
_Noreturn void become_worker(const struct plan *plan, void (*say_started)(int landlock_abi));

#endif
