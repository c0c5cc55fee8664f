// How init and worker reach the supervisor: whole messages over a pair of sockets, with the sender's process as the
// kernel knows it, and at most one descriptor.
#include "launcher.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ends[2]; // Supervisor, inside.

void open_reports(void) {
  const int yes = 1;
  require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0, "sockets");
  require(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) == 0, "credentials");
}

void close_reports_inside(void) { close(ends[1]); }

void close_reports_outside(void) { close(ends[0]); }

int reports_to_hear(void) { return ends[0]; }

void tell(struct report report, int listener) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control = {0};
  struct iovec part = {&report, sizeof report};
  struct msghdr envelope = {.msg_iov = &part, .msg_iovlen = 1};
  if (listener >= 0) {
    envelope.msg_control = &control;
    envelope.msg_controllen = sizeof control;
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(&control.header), &listener, sizeof listener);
  }
  require(sendmsg(ends[1], &envelope, MSG_NOSIGNAL) == sizeof report, "report");
}

bool hear_report(struct heard *heard) {
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(struct ucred)) + CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec part = {&heard->report, sizeof heard->report};
  struct msghdr envelope = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  heard->from = 0;
  heard->listener = -1;
  const ssize_t got = recvmsg(ends[0], &envelope, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got == 0) {
    // Nobody is left who could tell: in the base layer the worker, whose exec closed its end. Polled on, it would be ready always.
    close(ends[0]);
    ends[0] = -1;
  }
  if (got != sizeof heard->report) return false;
  for (struct cmsghdr *item = CMSG_FIRSTHDR(&envelope); item != NULL; item = CMSG_NXTHDR(&envelope, item)) {
    struct ucred sender;
    if (item->cmsg_level != SOL_SOCKET) continue;
    if (item->cmsg_type == SCM_RIGHTS) memcpy(&heard->listener, CMSG_DATA(item), sizeof heard->listener);
    if (item->cmsg_type != SCM_CREDENTIALS) continue;
    memcpy(&sender, CMSG_DATA(item), sizeof sender);
    heard->from = sender.pid;
  }
  return true;
}
