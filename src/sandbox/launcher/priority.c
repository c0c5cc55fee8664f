// Foreign code gets what the server leaves of the processors: as many workers as there may be, the server answers.
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

// Ten steps are a tenth of the weight: enough to come second, and not so little that workers starve beside a busy server.
enum { STEPS = 10 };
#define SESSION_STEPS "10"

void yield_to_server(void) {
  // Above the lowest priority the kernel stops counting. Nobody inside can take it back: the filter denies the call.
  require(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + STEPS) == 0, "lower the priority");
}

bool yield_session(void) {
  // Of a session that is not our own the server may be a part.
  if (getsid(0) != getpid()) return true;
  const int file = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
  if (file < 0) return true; // This kernel does not share processors out by sessions.
  const bool is_too_soon = write(file, SESSION_STEPS, strlen(SESSION_STEPS)) < 0 && errno == EAGAIN;
  close(file);
  return !is_too_soon;
}
