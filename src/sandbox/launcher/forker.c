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

// Each stream is a connection to the server's socket, which has no file: first it says whose it is, and which.
static void connect_stream(const char *socket_name, const struct request *request, char stream, int wanted) {
  struct sockaddr_un server = {.sun_family = AF_UNIX};
  const size_t size = strlen(socket_name);
  char head[1 + TOKEN_BYTES] = {stream};
  memcpy(head + 1, request->token, TOKEN_BYTES);
  memcpy(server.sun_path + 1, socket_name, size);
  const int made = socket(AF_UNIX, SOCK_STREAM, 0);
  require(made >= 0, "socket");
  require(connect(made, (struct sockaddr *)&server, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size)) == 0, "reach the server");
  require(write(made, head, sizeof head) == (ssize_t)sizeof head, "reach the server");
  if (made == wanted) return;
  require(dup2(made, wanted) == wanted, "descriptors");
  close(made);
}

void connect_to_server(const char *socket_name, const struct request *request) {
  close(REQUESTS_FD);
  // First, as it tells what fails.
  connect_stream(socket_name, request, 'c', CONTROL_FD);
  connect_stream(socket_name, request, 'f', FRAMES_FD);
  connect_stream(socket_name, request, 'o', STDOUT_FILENO);
  connect_stream(socket_name, request, 'e', STDERR_FILENO);
}

void refuse_request(const char *socket_name, const struct request *request, int error) {
  connect_stream(socket_name, request, 'c', CONTROL_FD);
  dprintf(CONTROL_FD, "{\"failed\":\"fork\",\"errno\":%d}\n", error);
  close(CONTROL_FD);
}
