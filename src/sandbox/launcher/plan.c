// Reads what the server wants. The plan is text from a program that trusts itself: faults in it are bugs, and end the start.
#include "launcher.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *text;
static size_t length;
static size_t at;

// A plan is a row of NUL-terminated words: a key, and as many words as it takes.
static const char *word(void) {
  const char *start = text + at;
  const size_t size = strnlen(start, length - at);
  require(at + size < length, "plan: cut off");
  at += size + 1;
  return start;
}

static unsigned long number(void) {
  char *end;
  const char *digits = word();
  const unsigned long value = strtoul(digits, &end, 10);
  require(*digits != '\0' && *end == '\0', "plan: not a number");
  return value;
}

static size_t next(size_t *count, size_t most) {
  require(*count < most, "plan: too long");
  return (*count)++;
}

static int resource_named(const char *name) {
  static const struct { const char *name; int resource; } known[] = {
    {"DATA", RLIMIT_DATA},     {"CPU", RLIMIT_CPU},
    {"NPROC", RLIMIT_NPROC},   {"FSIZE", RLIMIT_FSIZE},     {"NOFILE", RLIMIT_NOFILE},
    {"CORE", RLIMIT_CORE},     {"MEMLOCK", RLIMIT_MEMLOCK}, {"MSGQUEUE", RLIMIT_MSGQUEUE},
    {"STACK", RLIMIT_STACK},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(name, known[i].name) == 0) return known[i].resource;
  return -1;
}

static void read_bind(struct plan *plan) {
  struct bind *bind = &plan->binds[next(&plan->bind_count, MAX_BINDS)];
  bind->source = word();
  bind->target = word();
  bind->executable = *word() == 'x';
}

static void read_limit(struct plan *plan) {
  struct limit *limit = &plan->limits[next(&plan->limit_count, MAX_LIMITS)];
  limit->name = word();
  limit->resource = resource_named(limit->name);
  require(limit->resource >= 0, "plan: unknown limit");
  limit->value = number();
}

static void read_filter(struct plan *plan) {
  const size_t bytes = number();
  require(bytes > 0 && bytes % sizeof(struct sock_filter) == 0 && at + bytes <= length, "plan: filter");
  plan->filter.len = (unsigned short)(bytes / sizeof(struct sock_filter));
  plan->filter.filter = malloc(bytes);
  require(plan->filter.filter != NULL, "memory");
  memcpy(plan->filter.filter, text + at, bytes);
  at += bytes;
}

static void read_entry(struct plan *plan, const char *key) {
  if (strcmp(key, "layer") == 0) plan->full = strcmp(word(), "full") == 0;
  else if (strcmp(key, "reused") == 0) plan->reused = true;
  else if (strcmp(key, "processes") == 0) plan->starts_processes = true;
  else if (strcmp(key, "memory") == 0) plan->memory_bytes = (long long)number();
  else if (strcmp(key, "ids") == 0) {
    plan->drops = true;
    plan->uid = (unsigned)number();
    plan->gid = (unsigned)number();
  } else if (strcmp(key, "wall") == 0) plan->wall_ms = (long)number();
  else if (strcmp(key, "scratch") == 0) plan->scratch_options = word();
  else if (strcmp(key, "group") == 0) plan->groups[next(&plan->group_count, MAX_GROUPS)] = word();
  else if (strcmp(key, "cpu-time") == 0) plan->cpu_time = word();
  else if (strcmp(key, "program") == 0) plan->program = word();
  else if (strcmp(key, "bind") == 0) read_bind(plan);
  else if (strcmp(key, "limit") == 0) read_limit(plan);
  else if (strcmp(key, "allow") == 0) {
    struct rule *rule = &plan->rules[next(&plan->rule_count, MAX_RULES)];
    rule->path = word();
    rule->access = *word();
  } else if (strcmp(key, "arg") == 0) plan->args[next(&plan->arg_count, MAX_STRINGS - 1)] = word();
  else if (strcmp(key, "env") == 0) plan->env[next(&plan->env_count, MAX_STRINGS - 1)] = word();
  else if (strcmp(key, "patch") == 0) {
    struct patch *patch = &plan->patches[next(&plan->patch_count, MAX_PATCHES)];
    patch->instruction = (unsigned)number();
    patch->value = word();
  } else if (strcmp(key, "filter") == 0) read_filter(plan);
  else fail("plan: unknown entry");
}

void read_plan(struct plan *plan, const struct request *request) {
  text = request->plan;
  length = request->length;
  while (at < length) read_entry(plan, word());
  require(plan->program != NULL && plan->filter.len > 0, "plan: incomplete");
}
