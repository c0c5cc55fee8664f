// The last steps before foreign code: limits, Landlock, capabilities, seccomp, execve. Their order matters.
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Newer than the headers that this is built with; the kernel is asked before they are used.
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define NET_BIND_AND_CONNECT 3ULL
#define SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS 3ULL
struct ruleset {
  uint64_t fs, net, scoped;
};

enum { LEAST_LANDLOCK = 3 };
#define FS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
// Everything of the first ABI that changes something.
#define FS_WRITE                                                                                                       \
  (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                    \
   LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | FS_TRUNCATE)
#define FS_SPECIAL (LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO)
#define FS_FILE_ONLY (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)

static void set_limits(const struct plan *plan) {
  for (size_t i = 0; i < plan->limit_count; i++) {
    if (plan->limits[i].resource == RLIMIT_NOFILE && !plan->drops) continue; // The supervisor sets it.
    // Soft is hard: else SIGXCPU could be caught, and the limit raised.
    const struct rlimit both = {plan->limits[i].value, plan->limits[i].value};
    if (setrlimit(plan->limits[i].resource, &both) != 0) fail_to_limit(&plan->limits[i]);
  }
}

static void allow(int ruleset, const struct rule *rule) {
  const int folder = open(rule->path, O_PATH | O_CLOEXEC);
  // What this machine does not have needs no rule.
  if (folder < 0) {
    require(errno == ENOENT, "open a path of the plan");
    return;
  }
  uint64_t access = FS_READ;
  if (rule->access == 'x') access |= LANDLOCK_ACCESS_FS_EXECUTE;
  if (rule->access == 'w') access |= FS_WRITE;
  struct landlock_path_beneath_attr beneath = {.allowed_access = access, .parent_fd = folder};
  if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0) {
    // A file takes no rights of folders.
    beneath.allowed_access &= FS_FILE_ONLY;
    require(syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0, "add a rule of Landlock");
  }
  close(folder);
}

static int restrict_paths(const struct plan *plan) {
  const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  require(abi >= LEAST_LANDLOCK, "Landlock");
  struct ruleset handled = {.fs = FS_READ | FS_WRITE | FS_SPECIAL | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_REFER};
  if (abi >= 4) handled.net = NET_BIND_AND_CONNECT;
  if (abi >= 5) handled.fs |= FS_IOCTL_DEV;
  if (abi >= 6) handled.scoped = SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS;
  const size_t size = abi >= 6 ? sizeof handled : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
  const int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
  require(ruleset >= 0, "make a ruleset of Landlock");
  for (size_t i = 0; i < plan->rule_count; i++) allow(ruleset, &plan->rules[i]);
  require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
  require(syscall(SYS_landlock_restrict_self, ruleset, 0) == 0, "restrict by Landlock");
  close(ruleset);
  return (int)abi;
}

static void drop_capabilities(void) {
  // Until the kernel says that there is no such capability. Without the right to, the sets below are empty already.
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    require(prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0 || errno == EPERM, "drop the bounding set");
  require(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0, "drop ambient capabilities");
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const struct __user_cap_data_struct none[2] = {0};
  require(syscall(SYS_capset, &header, none) == 0, "drop capabilities");
}

// What execve is called with, on one page that the exec destroys: no later call can have the same pointers.
struct last_call {
  const char *args[MAX_STRINGS], *env[MAX_STRINGS];
  char text[];
};

static const char *put(char **free_text, const char *end, const char *text) {
  const size_t size = strlen(text) + 1;
  require(*free_text + size <= end, "plan: arguments too long");
  char *here = memcpy(*free_text, text, size);
  *free_text += size;
  return here;
}

static uint32_t patched(const char *value, const char *program, const struct last_call *call) {
  const uint64_t path = (uintptr_t)program, args = (uintptr_t)call->args, env = (uintptr_t)call->env;
  if (strcmp(value, "pid") == 0) return (uint32_t)getpid();
  if (strcmp(value, "execPathLow") == 0) return (uint32_t)path;
  if (strcmp(value, "execPathHigh") == 0) return (uint32_t)(path >> 32);
  if (strcmp(value, "execArgvLow") == 0) return (uint32_t)args;
  if (strcmp(value, "execArgvHigh") == 0) return (uint32_t)(args >> 32);
  if (strcmp(value, "execEnvpLow") == 0) return (uint32_t)env;
  if (strcmp(value, "execEnvpHigh") == 0) return (uint32_t)(env >> 32);
  fail("plan: unknown patch");
}

_Noreturn void become_worker(const struct plan *plan, void (*say_started)(int landlock_abi, int listener)) {
  enum { CALL_BYTES = 64 * 1024 };
  struct last_call *call = mmap(NULL, CALL_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(call != MAP_FAILED, "memory");
  char *free_text = call->text;
  const char *end = (const char *)call + CALL_BYTES;
  const char *program = put(&free_text, end, plan->program);
  for (size_t i = 0; i < plan->arg_count; i++) call->args[i] = put(&free_text, end, plan->args[i]);
  for (size_t i = 0; i < plan->env_count; i++) call->env[i] = put(&free_text, end, plan->env[i]);
  for (size_t i = 0; i < plan->patch_count; i++) {
    require(plan->patches[i].instruction < plan->filter.len, "plan: patch");
    plan->filter.filter[plan->patches[i].instruction].k = patched(plan->patches[i].value, program, call);
  }
  const int abi = restrict_paths(plan);
  drop_capabilities();
  require(fcntl(FRAMES_FD, F_SETFD, 0) == 0, "hand over the frames");
  yield_to_server();
  // After everything that the filter forbids, and the address space that the start itself needs.
  set_limits(plan);
  const int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &plan->filter);
  require(listener >= 0, "load the filter");
  // The kernel has marked it to be closed by the exec: from then on the supervisor alone has it.
  say_started(abi, listener);
  execve(program, (char *const *)call->args, (char *const *)call->env);
  fail("execve");
}
