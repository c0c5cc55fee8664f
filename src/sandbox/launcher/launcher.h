// The launcher: confines itself step by step and becomes the worker. See docs/sandbox.md for what it promises.
#ifndef ICEOS_LAUNCHER_H
#define ICEOS_LAUNCHER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

enum {
  REQUESTS_FD = 3, // Of the forker: one request for each worker, and answers where there is no other way. Its end is the server's.
  // Of a supervisor; 1 and 2 are the worker's standard output and error.
  FRAMES_FD = 3,  // The worker's one way out; it alone keeps it.
  CONTROL_FD = 4, // Status lines to the server, commands from it. Its end is the order to end.
  LAST_FD = CONTROL_FD,

  MAX_NAME_BYTES = 107, // Of a socket.
  TOKEN_BYTES = 32,
  MAX_PLAN_BYTES = 1 << 20,

  EXIT_NOT_STARTED = 125, // A step failed before any foreign code ran.

  // The server bounds the folders, and leaves room for a hundred libraries.
  MAX_BINDS = 192,
  MAX_RULES = 192,
  MAX_STRINGS = 48,
  MAX_LIMITS = 12,
  MAX_PATCHES = 32,
  MAX_GROUPS = 4,

  INNER_ID = 1000, // User and group of the worker within its namespace.
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
  const char *name;
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
  bool reused; // For many calls, one after another: no limit of one call can be left to the kernel.
  bool starts_processes; // By its profile: limits hold for its whole tree.
  long long memory_bytes; // Of the whole tree; 0: not bounded.
  bool drops; // Root: maps to `uid` and `gid`, which belong to this worker's slot alone.
  unsigned uid, gid;
  long wall_ms; // From the start until it rests; then each call has its own.
  const char *scratch_options; // Of the scratch's tmpfs; null: there is none.
  const char *program;
  struct bind binds[MAX_BINDS];
  struct rule rules[MAX_RULES];
  struct limit limits[MAX_LIMITS];
  struct patch patches[MAX_PATCHES];
  const char *args[MAX_STRINGS], *env[MAX_STRINGS];
  const char *cpu_time; // Where the control group tells how much its processes have used; null: nowhere.
  const char *groups[MAX_GROUPS]; // The `cgroup.procs` of the control groups that bound the worker's tree.
  size_t bind_count, rule_count, limit_count, patch_count, arg_count, env_count, group_count;
  struct sock_fprog filter;
};

// Says which step failed, and ends. Nothing foreign has run by then.
_Noreturn void fail(const char *step);
void require(bool worked, const char *step);
_Noreturn void fail_to_limit(const struct limit *limit);

// What the server wants: a name by which it knows the streams of this launch again, and the plan.
struct request {
  char token[TOKEN_BYTES];
  size_t length;
  char plan[MAX_PLAN_BYTES];
};

// The process that made the forker, and where it listens.
struct server {
  pid_t pid;
  char socket_name[MAX_NAME_BYTES + 1];
};

// forker.c
bool await_request(struct request *request); // False: the server is gone.
void connect_to_server(const struct server *server, const struct request *request);
void refuse_request(const struct request *request, const char *step, int error);

// plan.c: the plan refers to the request's memory.
void read_plan(struct plan *plan, const struct request *request);

// room.c: the private root. Answers whether it has a /proc of its own.
bool build_room(const struct plan *plan);

// confine.c: gives everything up that the plan does not name, and becomes the worker. `listener` tells of calls that the
// filter denies by ending the worker.
_Noreturn void become_worker(const struct plan *plan, void (*say_started)(int landlock_abi, int listener));

// priority.c: `yield_to_server` is called by what becomes the worker. A session has a weight of its own where the kernel
// shares the processors out by sessions first; `yield_session` answers whether it has been lowered, or never can be: whoever
// is not root is heard ten times a second at most, all of them together.
void yield_to_server(void);
bool yield_session(void);

// tree.c
struct tree {
  long long bytes, cpu_us;
};
struct tree look_at_tree(pid_t root, bool has_children);
long long peak_of(pid_t pid); // The most RAM that a process had, in bytes.
// The memory of those that were just looked at, where pages of several count in parts: exact, and slow.
long long share_of_tree(void);

// counter.c: -1 where this kernel lets nobody count.
void open_counter(const struct plan *plan, pid_t child);
long long counted_us(void);

// reports.c: what the inside tells the supervisor.
struct report {
  enum { AT_GATE, STARTED, WORKER_ENDED } type;
  int value; // The Landlock ABI, or the wait status.
  bool has_proc;
};
// The kernel says who sent it, as the receiver counts processes; `listener` is a descriptor that came with it, else -1.
struct heard {
  struct report report;
  pid_t from;
  int listener;
};
void open_reports(void);
void close_reports_inside(void);
void close_reports_outside(void);
int reports_to_hear(void);
void tell(struct report report, int listener);
bool hear_report(struct heard *heard); // False: there is none now.

// inside.c: the child of the supervisor. Init in the full layer; in the base layer it becomes the worker itself.
_Noreturn void run_init(const struct plan *plan, int gate);
_Noreturn void run_alone(const struct plan *plan, int gate, pid_t supervisor);

// gate.c
void let_in(const struct plan *plan, pid_t child, int gate);

// supervise.c: watches the child, from its gate to its end, and says what it used.
void supervise(const struct plan *plan, pid_t child, int gate);

#endif
