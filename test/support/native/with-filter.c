// with-filter <file> <program> [argument ...]: becomes the program behind the seccomp filter in the file, so that tests have
// machines that refuse a system call.
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int count, char **arguments) {
  static struct sock_filter filter[4096];
  if (count < 3) return 2;
  const int file = open(arguments[1], O_RDONLY);
  const ssize_t bytes = file < 0 ? -1 : read(file, filter, sizeof filter);
  if (bytes <= 0) {
    perror(arguments[1]);
    return 2;
  }
  close(file);
  const struct sock_fprog program = {.len = (unsigned short)(bytes / (ssize_t)sizeof *filter), .filter = filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    perror("filter");
    return 2;
  }
  execvp(arguments[2], arguments + 2);
  perror(arguments[2]);
  return 2;
}
