#pragma once

#include <sys/types.h>

// Serves a container's console until its init ends: reads what the container writes, and passes it and what
// is typed between the master and those who connect to the socket. socket_path: where to listen; replaced if
// it is there. Returns the exit status.
//
// The protocol (SOCK_SEQPACKET): from the client 'd' and typed bytes, or 'w' and a struct winsize; to the
// client the container's bytes.
int serve_console(const char* socket_path, pid_t init, int master);
