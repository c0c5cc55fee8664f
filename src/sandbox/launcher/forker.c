// The forker: a child of the server that makes all supervisors. The server is large, and would stand still while the kernel
// copies its tables and the new program begins; a process as small as this one is copied in a moment.
#include "launcher.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SIZE_DIGITS = 8 };

// False: the server is gone.
static bool read_fully(char *to, size_t size) {
  for (size_t done = 0; done < size;) {
    const ssize_t got = read(REQUESTS_FD, to + done, size - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += (size_t)got;
  }
  return true;
}

bool await_request(struct request *request) {
  char digits[SIZE_DIGITS + 1] = {0};
  if (!read_fully(request->token, TOKEN_BYTES) || !read_fully(digits, SIZE_DIGITS)) return false;
  request->length = strtoul(digits, NULL, 10);
  // What follows could not be told from the next request.
  if (request->length == 0 || request->length > sizeof request->plan) return false;
  return read_fully(request->plan, request->length);
}

// What fails before there is a control stream goes back the way that the request came.
void refuse_request(const struct request *request, const char *step, int error) {
  dprintf(REQUESTS_FD, "%.*s{\"failed\":\"%s\",\"errno\":%d}\n", TOKEN_BYTES, request->token, step, error);
}

// The name is free for anybody once the server has ended: who answers must be the process that made the forker.
static bool is_server(int made, const struct server *server) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(made, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  errno = EPERM;
  return peer.pid == server->pid && peer.uid == geteuid();
}

// Each stream is a connection to the server's socket, which has no file: first it says whose it is, and which.
static int connect_stream(const struct server *server, const struct request *request, char stream) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const size_t size = strlen(server->socket_name);
  char head[1 + TOKEN_BYTES] = {stream};
  memcpy(head + 1, request->token, TOKEN_BYTES);
  memcpy(address.sun_path + 1, server->socket_name, size);
  const int made = socket(AF_UNIX, SOCK_STREAM, 0);
  const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size);
  if (made < 0 || connect(made, (struct sockaddr *)&address, length) != 0 || !is_server(made, server)) return -1;
  return write(made, head, sizeof head) == (ssize_t)sizeof head ? made : -1;
}

static void move(int made, int wanted) {
  require(made >= 0, "reach the server");
  if (made == wanted) return;
  require(dup2(made, wanted) == wanted, "descriptors");
  close(made);
}

void connect_to_server(const struct server *server, const struct request *request) {
  // First, as it tells what fails.
  const int control = connect_stream(server, request, 'c');
  if (control < 0) {
    refuse_request(request, "reach the server", errno);
    _exit(EXIT_NOT_STARTED);
  }
  move(control, CONTROL_FD);
  // In the place of the requests.
  move(connect_stream(server, request, 'f'), FRAMES_FD);
  move(connect_stream(server, request, 'o'), STDOUT_FILENO);
  move(connect_stream(server, request, 'e'), STDERR_FILENO);
}
