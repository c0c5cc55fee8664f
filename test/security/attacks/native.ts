/** What the prober does that no honest program does: the worker is ended for it. Names of the prober, in both profiles. */
export const DENIED: readonly string[] = [
  ...['ptrace_traceme', 'ptrace_attach', 'ptrace_init', 'vm_read', 'vm_write', 'pidfd_getfd'],
  ...['be_root', 'be_root_all', 'be_group_root', 'no_groups'],
  ...['mount_tmpfs', 'remount', 'unmount', 'change_root', 'pivot', 'new_mount_api', 'open_tree_clone'],
  ...['unshare_user', 'unshare_net', 'unshare_files', 'join_namespace', 'file_by_handle', 'handle_of_file'],
  ...['key_session', 'key_add', 'key_request', 'bpf_program', 'perf_event', 'user_faults', 'kernel_log'],
  ...['load_module', 'load_kernel', 'reboot_machine', 'set_clock', 'hang_up', 'number_of_64_bits'],
];

/** What is no call of this architecture: the process is killed, where the kernel knows such calls at all. */
export const OTHER_ARCHITECTURE: readonly string[] = ['by_int80', 'by_x32', 'number_negative'];

/** Calls that fail with one error, so that libraries fall back to what can be looked at. */
export const ERRORS: Readonly<Record<string, string>> = {
  clone_three: 'ENOSYS',
  ring: 'ENOSYS',
  secret_memory: 'ENOSYS',
  path_only: 'ENOSYS',
  change_mode_newer: 'ENOSYS',
  number_far: 'ENOSYS',
  any_socket: 'EACCES',
  shared_memory: 'EPERM',
  validated_shared_memory: 'EPERM',
  memory_like_a_stack: 'EPERM',
  memory_file: 'EPERM',
  exec_memory_file: 'EPERM',
  exec_by_descriptor: 'EPERM',
  clone_user_namespace: 'EPERM',
  clone_net_namespace: 'EPERM',
  clone_time_namespace: 'EPERM',
  outlive_supervisor: 'EPERM',
  raise_limit_by_prlimit: 'EPERM',
  other_filter: 'EPERM',
  signal_by_owner: 'EPERM',
  signal_by_owner_ex: 'EPERM',
};

/** What works, and where: processes and signals of its own tree, in the profile that has them. */
export const WORKS: Readonly<Record<'js' | 'shell', readonly string[]>> = {
  js: ['noop'],
  shell: [
    ...['noop', 'exec_itself', 'clone_process', 'clone_like_vfork', 'clone_parent'],
    ...['kill_parent', 'kill_init', 'kill_all'],
  ],
};
