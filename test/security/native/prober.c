// Makes one system call that a confined program should not get away with, and says how it went: one line, the value and the
// errno. Built by the test set-up, statically: it sees nothing of the machine but itself.
#include "prober.h"

long victim;
const char *file;
const char *self;

PROBE_BODY(noop) { return 0; }

static long generic(int count, char **args) {
  long numbers[7] = {0};
  for (int i = 0; i < count && i < 7; i++) numbers[i] = strtol(args[i], NULL, 0);
  return syscall(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
}

// <victim> <file> <name>: one probe. <victim> <file> call <number> <argument>...: any call. <victim> <file> sweep <number>...: the
// errno of each of them, without arguments.
int main(int count, char **args) {
  if (count == 2 && strcmp(args[1], "noop") == 0) { // by execve, out of the sandbox's program
    dprintf(1, "0 0 executed\n");
    return 0;
  }
  if (count == 2 && strcmp(args[1], "list") == 0) {
    for (const struct entry *entry = __start_probes; entry < __stop_probes; entry++) dprintf(1, "%s\n", entry->name);
    return 0;
  }
  if (count < 4) return 2;
  self = args[0];
  victim = strtol(args[1], NULL, 10);
  file = args[2];
  if (strcmp(args[3], "call") == 0) {
    errno = 0;
    const long value = generic(count - 4, args + 4);
    const int error = errno;
    dprintf(1, "%ld %d\n", value, value == -1 ? error : 0);
    return 0;
  }
  if (strcmp(args[3], "sweep") == 0) {
    for (int i = 4; i < count; i++) {
      errno = 0;
      const long value = generic(1, args + i);
      dprintf(1, "%s %d\n", args[i], value == -1 ? errno : 0);
    }
    return 0;
  }
  for (const struct entry *entry = __start_probes; entry < __stop_probes; entry++) {
    if (strcmp(entry->name, args[3]) != 0) continue;
    errno = 0;
    const long value = entry->run();
    const int error = errno;
    dprintf(1, "%ld %d\n", value, value < 0 ? error : 0);
    return 0;
  }
  dprintf(1, "unknown\n");
  return 3;
}
