// Programs, files and sockets.
#include "prober.h"

// ---- programs
PROBE(exec_itself, execve(self, no_args, no_env))
PROBE(exec_shell, execve("/bin/sh", (char *[]){"sh", "-c", "exit 0", NULL}, no_env))
PROBE(exec_by_descriptor, syscall(SYS_execveat, open(self, O_RDONLY | O_CLOEXEC), "", no_args, no_env, AT_EMPTY_PATH))
PROBE(memory_file, syscall(SYS_memfd_create, "x", 0))
PROBE(secret_memory, syscall(SYS_memfd_secret, 0))
static long copy_of_itself(int to) {
  static char bytes[1 << 20];
  const int from = open(self, O_RDONLY);
  const ssize_t size = read(from, bytes, sizeof bytes);
  return size > 0 && write(to, bytes, (size_t)size) == size ? 0 : -1;
}
PROBE_BODY(exec_memory_file) {
  const int made = (int)syscall(SYS_memfd_create, "x", 0);
  if (made < 0 || copy_of_itself(made) != 0) return -1;
  return syscall(SYS_execveat, made, "", no_args, no_env, AT_EMPTY_PATH);
}
PROBE_BODY(exec_scratch) {
  const int made = open("/scratch/program", O_CREAT | O_WRONLY, 0700);
  if (made < 0 || copy_of_itself(made) != 0) return -1;
  close(made);
  return execve("/scratch/program", no_args, no_env);
}
PROBE_BODY(map_scratch) {
  const int made = open("/scratch/library", O_CREAT | O_RDWR, 0700);
  if (made < 0 || copy_of_itself(made) != 0) return -1;
  void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, made, 0);
  return at == MAP_FAILED ? -1 : 0;
}
PROBE_BODY(execute_scratch_later) {
  const int made = open("/scratch/library", O_CREAT | O_RDWR, 0700);
  if (made < 0 || copy_of_itself(made) != 0) return -1;
  void *at = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, made, 0);
  return at == MAP_FAILED ? -1 : mprotect(at, 4096, PROT_READ | PROT_EXEC);
}

// ---- memory that RLIMIT_DATA does not count
static long mapped(int flags) { return (long)mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0); }
PROBE(shared_memory, mapped(MAP_SHARED))
PROBE(validated_shared_memory, mapped(MAP_SHARED_VALIDATE))
PROBE(memory_like_a_stack, mapped(MAP_PRIVATE | MAP_GROWSDOWN))

// ---- files
PROBE(read_server_file, open(file, O_RDONLY))
PROBE(path_only, syscall(SYS_openat2, -100, file, (uint64_t[3]){O_PATH, 0, 0}, 24))
PROBE(write_itself, open(self, O_WRONLY))
PROBE(server_memory, open("/proc/1/mem", O_RDWR))
PROBE(make_device, syscall(SYS_mknodat, -100, "/scratch/null", S_IFCHR | 0600, 0x103))
PROBE(make_fifo, syscall(SYS_mknodat, -100, "/scratch/fifo", S_IFIFO | 0600, 0))
PROBE(make_link, syscall(SYS_linkat, -100, self, -100, "/scratch/hard", 0))
PROBE(change_mode, syscall(SYS_fchmodat, -100, self, 0777))
PROBE(change_mode_newer, syscall(452, -100, self, 0777, 0))
PROBE(change_owner, syscall(SYS_fchownat, -100, self, 0, 0, 0))
PROBE(change_times, syscall(SYS_utimensat, -100, self, NULL, 0))
PROBE(change_attribute, syscall(SYS_setxattr, self, "user.x", "x", 1, 0))
PROBE(file_by_handle, syscall(SYS_open_by_handle_at, -100, (int[34]){128, 1}, O_RDONLY))
PROBE(handle_of_file, syscall(SYS_name_to_handle_at, -100, "/", (int[34]){128}, &(int){0}, 0))
PROBE(temporary_file, open("/", O_TMPFILE | O_RDWR, 0600))
PROBE(type_into_terminal, syscall(SYS_ioctl, 0, 0x5412, "x"))
PROBE(console_of_machine, syscall(SYS_ioctl, 0, 0x541c, "\x0b"))

// ---- sockets
PROBE(connect_frames, syscall(SYS_connect, FRAMES, &(struct sockaddr_un){AF_UNIX, "/x"}, sizeof(struct sockaddr_un)))
PROBE(bind_frames, syscall(SYS_bind, FRAMES, &(struct sockaddr_un){AF_UNIX, ""}, sizeof(short)))
PROBE(listen_frames, syscall(SYS_listen, FRAMES, 8))
PROBE(accept_frames, syscall(SYS_accept4, FRAMES, NULL, NULL, 0))
PROBE(send_elsewhere, sendto(FRAMES, "x", 1, 0, (struct sockaddr *)&(struct sockaddr_un){AF_UNIX, "/x"}, sizeof(struct sockaddr_un)))
PROBE_BODY(datagrams_to_server) {
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) return -1;
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  strncpy(to.sun_path, file, sizeof to.sun_path - 1);
  sendto(pair[0], "x", 1, 0, (struct sockaddr *)&to, sizeof to);
  return 0;
}
PROBE_BODY(any_socket) {
  for (int family = 0; family < 46; family++)
    for (int type = 1; type <= 5; type++)
      if (syscall(SYS_socket, family, type, 0) >= 0) return family * 10 + type;
  return -1;
}
