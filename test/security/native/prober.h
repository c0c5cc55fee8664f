// A probe makes one system call that a confined program should not get away with; the linker makes the list of all.
#ifndef ICEOS_PROBER_H
#define ICEOS_PROBER_H
#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
enum { FRAMES = 3, CLONE_FLAGS_NEW_USER = CLONE_NEWUSER | SIGCHLD };

extern long victim; // A process of the server.
extern const char *file; // A file of the server.
extern const char *self;
static char *const no_args[] = {"prober", "noop", NULL};
static char *const no_env[] = {NULL};

// A probe answers what its call did: below zero is a failure, whatever the number. The linker makes the list of all.
struct entry {
  const char *name;
  long (*run)(void);
};
#define PROBE_BODY(probe)                                                                                              \
  static long probe(void);                                                                                             \
  static const struct entry probe##_entry __attribute__((used, section("probes"))) = {#probe, probe};                  \
  static long probe(void)
#define PROBE(probe, call) PROBE_BODY(probe) { return (long)(call); }
extern const struct entry __start_probes[], __stop_probes[];

#endif
