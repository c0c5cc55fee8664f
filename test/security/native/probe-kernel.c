// Other processes, identities, mounts and namespaces, parts of the kernel, and other ways into it.
#include "prober.h"

// ---- other processes
PROBE(ptrace_traceme, syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0))
PROBE(ptrace_attach, syscall(SYS_ptrace, PTRACE_ATTACH, victim, 0, 0))
PROBE(ptrace_init, syscall(SYS_ptrace, PTRACE_SEIZE, 1, 0, 0))
static long vm_call(long number, long pid) {
  static char bytes[8];
  struct iovec here = {bytes, sizeof bytes}, there = {(void *)0x400000, sizeof bytes};
  return syscall(number, pid, &here, 1, &there, 1, 0);
}
PROBE(vm_read, vm_call(SYS_process_vm_readv, victim))
PROBE(vm_write, vm_call(SYS_process_vm_writev, victim))
PROBE(kill_parent, syscall(SYS_kill, getppid(), 0))
PROBE(kill_server, syscall(SYS_kill, victim, SIGUSR2))
PROBE(kill_all, syscall(SYS_kill, -1, 0))
PROBE(kill_init, syscall(SYS_kill, 1, 0))
PROBE(tgkill_server, syscall(SYS_tgkill, victim, victim, SIGUSR2))
PROBE(tkill_server, syscall(SYS_tkill, victim, SIGUSR2))
static long queue(long number) {
  siginfo_t info = {.si_signo = SIGUSR2, .si_code = -1};
  return number == SYS_rt_sigqueueinfo ? syscall(number, victim, SIGUSR2, &info) : syscall(number, victim, victim, SIGUSR2, &info);
}
PROBE(sigqueue_server, queue(SYS_rt_sigqueueinfo))
PROBE(tgsigqueue_server, queue(SYS_rt_tgsigqueueinfo))
PROBE(pidfd_open_server, syscall(SYS_pidfd_open, victim, 0))
PROBE(pidfd_signal, syscall(SYS_pidfd_send_signal, FRAMES, SIGUSR2, 0, 0))
PROBE(pidfd_getfd, syscall(SYS_pidfd_getfd, FRAMES, 0, 0))
PROBE(priority_server, syscall(SYS_setpriority, PRIO_PROCESS, victim, 19))
PROBE(limits_server, syscall(SYS_prlimit64, victim, RLIMIT_NOFILE, NULL, &(struct rlimit){64, 64}))
// The kernel signals the owner of a descriptor when there is something to read: any signal, to any process of the user.
static long owner_by(int command, long owner) {
  if (fcntl(FRAMES, 10 /* F_SETSIG */, SIGUSR2) != 0) return -1;
  if (fcntl(FRAMES, command, owner) != 0) return -1;
  if (fcntl(FRAMES, F_SETFL, fcntl(FRAMES, F_GETFL) | O_ASYNC) != 0) return -1;
  // The server answers with a byte; whether it was signaled, it knows.
  if (write(FRAMES, "?", 1) != 1) return -1;
  char byte;
  while (read(FRAMES, &byte, 1) < 0 && (errno == EAGAIN || errno == EINTR)) usleep(1000);
  return 0;
}
PROBE(signal_by_owner, owner_by(F_SETOWN, victim))
PROBE_BODY(signal_by_owner_ex) {
  struct { int type, pid; } owner = {1, (int)victim};
  return owner_by(15 /* F_SETOWN_EX */, (long)&owner);
}
PROBE(lease, fcntl(open(self, O_RDONLY), 1024 /* F_SETLEASE */, F_RDLCK))
PROBE(notify, fcntl(open("/", O_RDONLY | O_DIRECTORY), 1026 /* F_NOTIFY */, 1))

// ---- who it is
PROBE(be_root, syscall(SYS_setuid, 0))
PROBE(be_root_all, syscall(SYS_setresuid, 0, 0, 0))
PROBE(be_group_root, syscall(SYS_setgid, 0))
PROBE(no_groups, syscall(SYS_setgroups, 0, NULL))
PROBE_BODY(raise_capabilities) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct all[2] = {{~0U, ~0U, 0}, {~0U, ~0U, 0}};
  return syscall(SYS_capset, &header, all);
}
PROBE_BODY(has_capabilities) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct now[2] = {0};
  if (syscall(SYS_capget, &header, now) != 0) return -1;
  errno = EPERM;
  return now[0].effective | now[0].permitted | now[1].effective | now[1].permitted ? 0 : -1;
}
PROBE_BODY(is_root) { errno = EPERM; return getuid() == 0 || geteuid() == 0 || getgid() == 0 ? 0 : -1; }
PROBE_BODY(has_environment) { extern char **environ; errno = ENOENT; return environ[0] != NULL ? 0 : -1; }
PROBE_BODY(has_descriptors) {
  for (int fd = FRAMES + 1; fd < 256; fd++) if (fcntl(fd, F_GETFD) >= 0) return fd;
  errno = EBADF;
  return -1;
}
PROBE_BODY(has_terminal) { return open("/dev/tty", O_RDWR); }

// ---- mounts and namespaces
PROBE(mount_tmpfs, syscall(SYS_mount, "x", "/", "tmpfs", 0, NULL))
PROBE(remount, syscall(SYS_mount, NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL))
PROBE(unmount, syscall(SYS_umount2, "/", MNT_DETACH))
PROBE(change_root, syscall(SYS_chroot, "/"))
PROBE(pivot, syscall(SYS_pivot_root, ".", "."))
PROBE(new_mount_api, syscall(SYS_fsopen, "tmpfs", 0))
PROBE(open_tree_clone, syscall(SYS_open_tree, -100, "/", 1))
PROBE(unshare_user, syscall(SYS_unshare, CLONE_NEWUSER))
PROBE(unshare_net, syscall(SYS_unshare, CLONE_NEWNET))
PROBE(unshare_files, syscall(SYS_unshare, CLONE_FILES))
PROBE(join_namespace, syscall(SYS_setns, open("/proc/self/ns/mnt", O_RDONLY), 0))
static long child_of(long flags) {
  const long pid = syscall(SYS_clone, flags, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  return pid;
}
PROBE(clone_user_namespace, child_of(CLONE_FLAGS_NEW_USER))
PROBE(clone_net_namespace, child_of(CLONE_NEWNET | SIGCHLD))
PROBE(clone_time_namespace, child_of(CLONE_NEWUSER | 0x80))
PROBE(clone_process, child_of(SIGCHLD))
PROBE(clone_like_vfork, child_of(CLONE_VM | CLONE_VFORK | SIGCHLD))
PROBE(clone_parent, child_of(CLONE_PARENT | SIGCHLD))
PROBE_BODY(clone_three) {
  struct { uint64_t fields[11]; } args = {{0, 0, 0, 0, SIGCHLD}};
  const long pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) _exit(0);
  return pid;
}

// ---- parts of the kernel
PROBE(key_session, syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "x", 0, 0, 0))
PROBE(key_add, syscall(SYS_add_key, "user", "x", "x", 1, KEY_SPEC_PROCESS_KEYRING))
PROBE(key_request, syscall(SYS_request_key, "user", "x", "x", 0))
PROBE(bpf_program, syscall(SYS_bpf, 5, (uint64_t[16]){0}, 128))
PROBE(perf_event, syscall(SYS_perf_event_open, (uint64_t[16]){0}, 0, -1, -1, 0))
PROBE(ring, syscall(SYS_io_uring_setup, 8, (uint64_t[32]){0}))
PROBE(user_faults, syscall(SYS_userfaultfd, 1))
PROBE(user_faults_device, open("/dev/userfaultfd", O_RDWR))
PROBE(kernel_log, syscall(SYS_syslog, 3, (char[64]){0}, 64))
PROBE(load_module, syscall(SYS_finit_module, 0, "", 0))
PROBE(load_kernel, syscall(SYS_kexec_load, 0, 0, NULL, 0))
PROBE(reboot_machine, syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL))
PROBE(set_clock, syscall(SYS_clock_settime, 99, (uint64_t[2]){0}))
PROBE(other_personality, syscall(SYS_personality, 0x0040000))
PROBE(other_filter, syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 8, &(struct sock_fprog){1, &(struct sock_filter){6, 0, 0, 0x7fff0000}}))
PROBE(hang_up, syscall(SYS_vhangup))
PROBE(host_name, syscall(SYS_sethostname, "x", 1))
PROBE(shared_memory, syscall(SYS_shmget, 0, 4096, 01600))
PROBE(message_queue, syscall(SYS_msgget, 0, 01600))
PROBE(semaphores, syscall(SYS_semget, 0, 1, 01600))
PROBE(posix_queue, syscall(SYS_mq_open, "x", O_CREAT | O_RDWR, 0600, NULL))
PROBE(watch_files, syscall(SYS_inotify_init1, 0))
PROBE(watch_all_files, syscall(SYS_fanotify_init, 0, 0))
PROBE(move_memory, syscall(SYS_move_pages, victim, 0, NULL, NULL, NULL, 0))
PROBE(lock_memory, syscall(SYS_mlockall, 3))
PROBE(real_time, syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &(int){50}))
PROBE(all_processors, syscall(SYS_sched_setaffinity, 0, 8, &(uint64_t){~0ULL}))
PROBE(raise_limit, syscall(SYS_setrlimit, RLIMIT_NOFILE, &(struct rlimit){1024, 1024}))
PROBE(raise_limit_by_prlimit, syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &(struct rlimit){1024, 1024}, NULL))
PROBE(lower_limit_by_pid, syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, &(struct rlimit){8, 8}, NULL))

// ---- prctl
PROBE(outlive_supervisor, prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0))
PROBE(not_dumpable, prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
PROBE(be_traced, prctl(PR_SET_PTRACER, -1, 0, 0, 0))
PROBE(adopt_orphans, prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
PROBE(other_filter_by_prctl, prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT, 0, 0, 0))
PROBE(keep_capabilities, prctl(PR_SET_SECUREBITS, 0, 0, 0, 0))
PROBE(ambient_capability, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0))
PROBE(other_program_file, prctl(PR_SET_MM, 13, 0, 0, 0))
PROBE(speculation, prctl(53, 0, 0, 0, 0))

// ---- other ways into the kernel
#if defined(__x86_64__)
PROBE_BODY(by_int80) {
  long value;
  __asm__ volatile("int $0x80" : "=a"(value) : "a"(20L /* getpid of i386 */) : "memory", "r8", "r9", "r10", "r11");
  if (value < 0) errno = (int)-value;
  return value < 0 ? -1 : value;
}
PROBE(by_x32, syscall(0x40000000L | SYS_getpid))
#endif
PROBE(number_negative, syscall(-1L))
PROBE(number_of_64_bits, syscall(0x100000000L | SYS_ptrace, PTRACE_TRACEME, 0, 0, 0))
PROBE(number_far, syscall(100000L))
