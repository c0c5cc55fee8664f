// The private root: an empty tmpfs with nothing in it but what the plan binds, all of it read-only.
#include "launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

// Any folder that every system has: the new root is mounted over it, in this mount namespace alone.
#define ROOM "/tmp"
#define HOST_NAME "sandbox"

static void path_in_room(char *path, size_t size, const char *target) {
  require((size_t)snprintf(path, size, ROOM "%s", target) < size, "plan: path too long");
}

static void make_parents(char *path) {
  for (char *slash = strchr(path + sizeof ROOM, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    require(mkdir(path, 0755) == 0 || errno == EEXIST, "make a folder of the private root");
    *slash = '/';
  }
}

// Flags that a mount namespace of fewer rights may not take away have to be given again.
static unsigned long kept_flags(const char *path) {
  struct statvfs now;
  require(statvfs(path, &now) == 0, "look at a bind");
  unsigned long flags = now.f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
  if (now.f_flag & ST_RELATIME) flags |= MS_RELATIME;
  return flags;
}

static void bind_into_room(const struct bind *bind, int opened) {
  char path[4096], source[64];
  struct stat what;
  require(fstat(opened, &what) == 0, "look at a bind");
  path_in_room(path, sizeof path, bind->target);
  make_parents(path);
  if (S_ISDIR(what.st_mode)) require(mkdir(path, 0755) == 0 || errno == EEXIST, "make a folder of the private root");
  else {
    const int place = open(path, O_CREAT | O_RDONLY | O_CLOEXEC, 0644);
    require(place >= 0, "make a file of the private root");
    close(place);
  }
  // Through the magic link: what was looked at is what is bound.
  snprintf(source, sizeof source, "/proc/self/fd/%d", opened);
  require(mount(source, path, NULL, MS_BIND, NULL) == 0, "bind");
  close(opened);
  unsigned long flags = kept_flags(path) | MS_RDONLY | MS_NOSUID;
  if (!S_ISCHR(what.st_mode)) flags |= MS_NODEV;
  if (!bind->executable) flags |= MS_NOEXEC;
  require(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags, NULL) == 0, "make a bind read-only");
}

// Where the machine masks parts of /proc, the kernel refuses a fresh one: then an empty folder is what there is.
static bool mount_proc(void) {
  require(mkdir(ROOM "/proc", 0555) == 0, "make a folder of the private root");
  const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (mount("proc", ROOM "/proc", "proc", flags, "subset=pid") == 0) return true;
  return mount("proc", ROOM "/proc", "proc", flags, NULL) == 0;
}

bool build_room(const struct plan *plan) {
  require(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "make mounts private");
  // Before the room hides what lies where it is built.
  int opened[MAX_BINDS];
  for (size_t i = 0; i < plan->bind_count; i++) {
    opened[i] = open(plan->binds[i].source, O_PATH | O_CLOEXEC);
    require(opened[i] >= 0, "open a path of the plan");
  }
  require(mount("tmpfs", ROOM, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,nr_inodes=4096,mode=0755") == 0, "mount the private root");
  for (size_t i = 0; i < plan->bind_count; i++) bind_into_room(&plan->binds[i], opened[i]);
  // What is not set is the machine's.
  require(sethostname(HOST_NAME, sizeof HOST_NAME - 1) == 0, "name the host");
  const bool has_proc = mount_proc();
  if (plan->scratch_options != NULL) {
    require(mkdir(ROOM "/scratch", 0700) == 0, "make a folder of the private root");
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    require(mount("tmpfs", ROOM "/scratch", "tmpfs", flags, plan->scratch_options) == 0, "mount the scratch");
  }
  require(chdir(ROOM) == 0, "enter the private root");
  // Both at one place: the old root then lies over the new one, and is taken off.
  require(syscall(SYS_pivot_root, ".", ".") == 0, "pivot_root");
  require(umount2(".", MNT_DETACH) == 0, "leave the old root");
  require(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0, "make the private root read-only");
  require(chdir(plan->scratch_options != NULL ? "/scratch" : "/") == 0, "enter the scratch");
  return has_proc;
}
