#ifndef CMICROHTTP_SHIM_H
#define CMICROHTTP_SHIM_H

#include <microhttpd.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

// What Swift cannot pass: a variadic list of options.
struct cmicrohttp_settings {
  const struct sockaddr *address;
  int is_ipv6;
  int is_dual_stack;
  unsigned int threads;
  unsigned int connections;
  unsigned int idle_seconds;
  size_t connection_memory;
  void *context;
  MHD_AccessHandlerCallback answer;
  void *(*begin)(void *context, const char *uri, struct MHD_Connection *connection);
  MHD_RequestCompletedCallback completed;
  MHD_NotifyConnectionCallback connected;
};

// Paths and query are decoded by whoever knows what they mean: a %00 must not cut a path short.
static inline size_t cmicrohttp_keep_escapes(void *context, struct MHD_Connection *connection, char *text) {
  (void)context, (void)connection;
  return strlen(text);
}
// Otherwise the library writes what peers do wrong to standard error.
static inline void cmicrohttp_say_nothing(void *context, const char *format, va_list arguments) {
  (void)context, (void)format, (void)arguments;
}

static inline struct MHD_Daemon *cmicrohttp_start(const struct cmicrohttp_settings *settings) {
  unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
  if (settings->is_ipv6) flags |= settings->is_dual_stack ? MHD_USE_DUAL_STACK : MHD_USE_IPv6;
  struct MHD_OptionItem pool[] = {{MHD_OPTION_END, 0, NULL}, {MHD_OPTION_END, 0, NULL}};
  if (settings->threads > 1) {
    pool[0].option = MHD_OPTION_THREAD_POOL_SIZE;
    pool[0].value = (intptr_t)settings->threads;
  }
  return MHD_start_daemon(
      flags, 0, NULL, NULL, settings->answer, settings->context,
      MHD_OPTION_EXTERNAL_LOGGER, cmicrohttp_say_nothing, NULL,
      MHD_OPTION_SOCK_ADDR, settings->address,
      MHD_OPTION_CONNECTION_LIMIT, settings->connections,
      MHD_OPTION_CONNECTION_TIMEOUT, settings->idle_seconds,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, settings->connection_memory,
      MHD_OPTION_UNESCAPE_CALLBACK, cmicrohttp_keep_escapes, NULL,
      MHD_OPTION_URI_LOG_CALLBACK, settings->begin, settings->context,
      MHD_OPTION_NOTIFY_COMPLETED, settings->completed, settings->context,
      MHD_OPTION_NOTIFY_CONNECTION, settings->connected, settings->context,
      MHD_OPTION_ARRAY, pool,
      MHD_OPTION_END);
}

static inline uint16_t cmicrohttp_port(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info ? info->port : 0;
}
static inline int cmicrohttp_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? (int)info->connect_fd : -1;
}

// The peer gets a reset, not an end: closing alone would leave which of them to chance. Connecting to no address is how
// Linux ends a connection without closing its descriptor, which is the library's.
static inline void cmicrohttp_reset(struct MHD_Connection *connection) {
  const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
  const int descriptor = cmicrohttp_socket(connection);
  if (descriptor >= 0) (void)connect(descriptor, &nowhere, sizeof nowhere);
}

#endif
